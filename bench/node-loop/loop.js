// The usual loop that empties an outbox: claims 100 pending entries, and for each of them reads the row,
// writes it to the central database, and marks the entry. Pooled connections, prepared statements; one entry at a
// time, as it must be where the order of changes counts.
//
// LOCAL_DATABASE_URL, CENTRAL_DATABASE_URL: the two databases. SAMPLE: how many entries to carry.
// Prints {"entries": …, "seconds": …}; the time begins once both pools have a connection.
'use strict';

const mysql = require('mysql2/promise');

const CLAIM = 100;
const COLUMNS = {
  users: ['id', 'name', 'email', 'updated_at'],
  orders: ['id', 'user_id', 'amount', 'status', 'updated_at'],
};

function pool(uri) {
  // Dates stay text: a JavaScript date has no microseconds.
  return mysql.createPool({ uri, connectionLimit: 4, dateStrings: true });
}

function statements(table) {
  const columns = COLUMNS[table];
  const updates = columns.slice(1).map((column) => `${column} = values(${column})`);
  return {
    read: `select ${columns.join(', ')} from ${table} where id = ?`,
    write: `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})
            on duplicate key update ${updates.join(', ')}`,
    remove: `delete from ${table} where id = ?`,
    columns,
  };
}

const SQL = Object.fromEntries(Object.keys(COLUMNS).map((table) => [table, statements(table)]));

async function carry(local, central, entry) {
  const sql = SQL[entry.table_name];
  const [[row]] = await local.execute(sql.read, [entry.record_id]);
  if (row === undefined) {
    await central.execute(sql.remove, [entry.record_id]);
  } else {
    await central.execute(sql.write, sql.columns.map((column) => row[column]));
  }
  await local.execute("update sync_queue set sync_status = 'SYNCED' where id = ?", [entry.id]);
}

async function main() {
  const local = pool(process.env.LOCAL_DATABASE_URL);
  const central = pool(process.env.CENTRAL_DATABASE_URL);
  const wanted = Number(process.env.SAMPLE);
  await Promise.all([local.query('select 1'), central.query('select 1')]);
  const started = process.hrtime.bigint();
  let carried = 0;
  while (carried < wanted) {
    const [entries] = await local.query(
      "select id, table_name, record_id from sync_queue where sync_status = 'PENDING' order by id limit ?",
      [Math.min(CLAIM, wanted - carried)],
    );
    if (entries.length === 0) break;
    for (const entry of entries) {
      await carry(local, central, entry);
      carried += 1;
    }
  }
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(JSON.stringify({ entries: carried, seconds }));
  await Promise.all([local.end(), central.end()]);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
