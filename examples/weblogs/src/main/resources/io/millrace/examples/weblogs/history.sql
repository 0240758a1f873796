CREATE SOURCE shop FROM postgres INTO PREFIX shop_ WITH (
  'url' = '${url}', 'user' = 'postgres', 'tables' = 'customers, orders');
CREATE TABLE orders_as_of (PRIMARY KEY (customer, number, id, valid_from)) AS
SELECT o.customer, o.number, o.amount, o.ordered_at,
       c.id, c.valid_from, c.history_id, c.name, c.balance
FROM shop_orders AS o JOIN `shop_customers$history` AS c
  ON o.customer = c.id AND o.ordered_at >= c.valid_from
 AND (c.valid_to IS NULL OR o.ordered_at < c.valid_to);
