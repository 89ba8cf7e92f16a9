-- Notes how far a site has come, for people and reports; whoever was shut out by a new generation notes nothing.
rollback;
{note};
commit
