-- Queues the children that one foreign key takes along, and then theirs; stands in the triggers of the parents.
-- The locks are those that the cascade takes a moment later: without them, a child that was committed meanwhile would
-- be missed. Entries are inserted one by one: an `insert … select` would keep the lock of the queue's auto-increment,
-- and two writers who hold it and wait for each other's rows would die in a deadlock.
-- 1146 and 1054: the children's table or column is gone, and with it their key.
begin
  declare done, found boolean default false;
  declare record_before, record_after text character set utf8mb4;
  declare children cursor for {children};
  declare continue handler for not found set done = true;
  begin
    declare continue handler for 1146, 1054 set done = true;
    open children;
  end;
  while not done do
    fetch children into record_before, record_after;
    if not done then
      set found = true;{entries}
    end if;
  end while;{further}
end;
