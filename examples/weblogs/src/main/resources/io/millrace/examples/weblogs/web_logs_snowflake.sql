CREATE SINK web_logs_snowflake FROM web_logs INTO snowflake WITH (
  'sfURL' = '${url}', 'sfAccount' = 'demo', 'sfUser' = 'loader',
  'private-key-file' = '${key}',
  'sfDatabase' = 'DW', 'sfSchema' = 'PUBLIC', 'sfWarehouse' = 'LOADING', 'sfRole' = 'LOADER',
  'streaming_stage' = 'WEB_STAGE', 'dbtable' = 'WEB_LOGS', 'trigger' = '${trigger}');
