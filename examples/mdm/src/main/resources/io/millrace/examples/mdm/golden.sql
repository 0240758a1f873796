CREATE SOURCE crm FROM postgres INTO PREFIX crm_ WITH (
  'url' = '${url}', 'user' = 'postgres', 'tables' = 'crm.customers');
CREATE SOURCE billing FROM extract INTO billing_accounts WITH (
  'url' = '${url}', 'user' = 'postgres', 'table' = 'billing.accounts', ${schedule});
CREATE VIEW parties AS
SELECT LOWER(TRIM(email)) AS party, 'crm' AS origin, CAST(id AS STRING) AS origin_id,
       name, phone, city, updated_at
FROM crm_customers WHERE email IS NOT NULL
UNION ALL
SELECT LOWER(TRIM(email)), 'billing', account_no, holder, phone, city, changed_at
FROM billing_accounts WHERE email IS NOT NULL;
CREATE TABLE customers (PRIMARY KEY (party))
COMMENT 'One row a person, whatever the CRM and billing call them.'
WITH ('history' = 'scd2', 'history.columns' = 'name, city, phone') AS
SELECT party,
       COALESCE(MAX(name) FILTER (WHERE origin = 'crm'), MAX(name)) AS name,
       COALESCE(MAX(city) FILTER (WHERE origin = 'billing'), MAX(city)) AS city,
       SUBSTRING(MAX(DATE_FORMAT(updated_at, 'yyyyMMddHHmmssSSS') || phone), 18) AS phone,
       MAX(origin_id) FILTER (WHERE origin = 'crm') AS crm_id,
       MAX(origin_id) FILTER (WHERE origin = 'billing') AS account_no
FROM parties GROUP BY party;
