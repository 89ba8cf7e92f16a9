// The API that one would write with Express and mysql2: POST /orders, checked, inserted, read back.
//
// LOCAL_DATABASE_URL: the database. PORT: where to listen, on this machine only.
'use strict';

const express = require('express');
const mysql = require('mysql2/promise');

const STATUSES = ['pending', 'paid', 'shipped', 'completed', 'cancelled'];

const pool = mysql.createPool({ uri: process.env.LOCAL_DATABASE_URL, connectionLimit: 10, dateStrings: true });
const app = express();
app.use(express.json());

function errorsIn({ user_id: user, amount, status }) {
  const errors = [];
  if (!Number.isInteger(user) || user < 1) errors.push({ field: 'user_id', message: 'must be a positive integer' });
  if (!/^\d{1,10}(\.\d{1,2})?$/.test(String(amount))) errors.push({ field: 'amount', message: 'must be an amount' });
  if (status !== undefined && !STATUSES.includes(status)) errors.push({ field: 'status', message: 'is unknown' });
  return errors;
}

app.get('/healthz', (request, response) => response.json({ status: 'ok' }));

app.post('/orders', async (request, response, next) => {
  try {
    const order = request.body ?? {};
    const errors = errorsIn(order);
    if (errors.length > 0) return response.status(422).json({ errors });
    const [made] = await pool.execute(
      'insert into orders (user_id, amount, status) values (?, ?, ?)',
      [order.user_id, String(order.amount), order.status ?? 'pending'],
    );
    const [[row]] = await pool.execute(
      'select id, user_id, amount, status, updated_at from orders where id = ?',
      [made.insertId],
    );
    return response.status(201).location(`/orders/${row.id}`).json(row);
  } catch (error) {
    if (error.errno === 1452) return response.status(422).json({ errors: [{ field: 'user_id', message: 'unknown' }] });
    return next(error);
  }
});

app.listen(Number(process.env.PORT), '127.0.0.1');
