/*
 * The envelope of a statement. Queries, expressions and conditions inside are kept word for word:
 * the dialect that runs them reads them. No word is reserved in column lists; object names exclude
 * only the words that would make the envelope ambiguous (rule word).
 *
 * Error messages are made from this grammar by Expectations: a rule that it describes is named in
 * words, all else by its literal.
 */
grammar Envelope;

options {
  caseInsensitive = true;
}

single : statement EOF ;

statement
  : CREATE SCHEMA ifNotExists? word                                                      # createSchema
  | CREATE orReplace? relationKind ifNotExists? name relationBody                        # createRelation
  | CREATE QUERY ifNotExists? name with? AS INSERT INTO name columnNames? query          # createQuery
  | CREATE orReplace? VIEW ifNotExists? name comment? AS query                           # createView
  | CREATE SINK ifNotExists? name (FROM name | AS query) INTO sinkType with?             # createSink
  | CREATE SOURCE ifNotExists? name FROM sourceType INTO (PREFIX word | name) with?       # createSource
  | INSERT INTO name columnNames? (VALUES values | selectQuery)                          # insert
  | UPDATE name SET assignment (COMMA assignment)* WHERE condition                       # update
  | DELETE FROM name WHERE condition                                                     # delete
  | ALTER relationKind name ADD COLUMN ifNotExists? physicalColumn
      (COMMA ADD COLUMN physicalColumn)*                                                 # addColumn
  | ALTER relationKind name ADD COLUMN? LPAREN physicalColumn
      (COMMA physicalColumn)* RPAREN                                                     # addColumns
  | ALTER relationKind name ALTER COLUMN columnName (SET DATA)? TYPE type                # alterType
  | ALTER relationKind name SET optionList                                                # alterSet
  | PREVIEW query                                                                        # preview
  | PRINT topic (FROM BEGINNING)? limit?                                                 # print
  | SHOW (SCHEMAS | STREAMS | TABLES | VIEWS | QUERIES | SOURCES | SINKS | ALERTS
      | TOPICS)                                                                          # showAll
  | SHOW VERSIONS OF name                                                                # showVersions
  | SHOW DEAD LETTERS (OF name)?                                                         # showDeadLetters
  | SHOW CREATE (STREAM | TABLE | VIEW | QUERY | SOURCE | SINK)? name                    # showCreate
  | SHOW CONTRACT name (VERSION integer)?                                                # showContract
  | (DESCRIBE | DESC) EXTENDED? name                                                     # describe
  | EXPLAIN statement                                                                    # explain
  | PAUSE (QUERY | SOURCE | SINK) name                                                   # pause
  | RESUME (QUERY | SOURCE | SINK | SERVING) name (SKIP_ EXPIRED)?                       # resume
  | DROP (SCHEMA | STREAM | TABLE | VIEW | QUERY | SOURCE | SINK | ALERT) ifExists? name
      CASCADE?                                                                           # drop
  | REPLAY DEAD LETTERS (OF name)? (WHERE condition)?                                    # replay
  | ROLLBACK name TO VERSION integer                                                     # rollback
  | query (EMIT_CHANGES limit? with?)?                                                   # select
  ;

relationKind : STREAM | TABLE ;
orReplace : OR REPLACE ;
ifNotExists : IF NOT EXISTS ;
ifExists : IF EXISTS ;
limit : LIMIT integer ;
comment : COMMENT string ;

relationBody
  : columns comment? with? (AS query)?
  | comment? with (AS query)?
  | comment? AS query
  ;

columns : LPAREN columnElement (COMMA columnElement)* RPAREN ;
columnElement : watermark | primaryKey | column ;
watermark : WATERMARK FOR columnName AS expression ;
primaryKey : PRIMARY KEY columnNames notEnforced? ;
notEnforced : NOT ENFORCED ;
column : columnName (AS expression | type metadata? columnKey?) comment? ;
metadata : METADATA (FROM string)? VIRTUAL? ;
columnKey : PRIMARY KEY notEnforced? ;
physicalColumn : columnName type comment? ;
columnNames : LPAREN columnName (COMMA columnName)* RPAREN ;
assignment : assigned EQ expression ;
/* Not any word: WHERE behind a trailing comma is no column. */
assigned : word ;

type : anyWord typePrecision? typeArguments? typeZone? typeNull? ;
typePrecision : PRECISION ;
typeArguments : LPAREN inner* RPAREN | LT angleInner* GT ;
angleInner : LT angleInner* GT | LPAREN inner* RPAREN | ~(LT | GT | LPAREN | RPAREN) ;
typeZone : (WITH | WITHOUT) LOCAL? TIME ZONE ;
typeNull : NOT? NULL ;

with : WITH optionList ;
optionList : LPAREN option (COMMA option)* RPAREN ;
option : optionKey EQ optionValue ;
optionKey : string | anyWord ((DOT | MINUS) anyWord)* ;
optionValue : string | (PLUS | MINUS)? (INTEGER | NUMBER) | anyWord ;

selectQuery : (SELECT | WITH | LPAREN query RPAREN) queryItem* ;
query : (SELECT | WITH | VALUES | LPAREN query RPAREN) queryItem* ;
queryItem : LPAREN inner* RPAREN | ~(LPAREN | RPAREN | EMIT_CHANGES | INTO) ;
values : LPAREN inner* RPAREN queryItem* ;
condition : queryItem+ ;
expression : expressionItem+ ;
expressionItem
  : LPAREN inner* RPAREN
  | LBRACKET bracketInner* RBRACKET
  | ~(LPAREN | RPAREN | LBRACKET | RBRACKET | COMMA | COMMENT | WHERE | EMIT_CHANGES)
  ;
inner : LPAREN inner* RPAREN | ~(LPAREN | RPAREN | EMIT_CHANGES) ;
bracketInner
  : LBRACKET bracketInner* RBRACKET
  | LPAREN inner* RPAREN
  | ~(LPAREN | RPAREN | LBRACKET | RBRACKET | EMIT_CHANGES)
  ;

topic : string | word qualified* ;
sinkType : word ;
sourceType : word ;
name : word qualified? ;
qualified : DOT word ;
columnName : anyWord ;
string : STRING ;
integer : INTEGER ;

word
  : IDENTIFIER | BACK_QUOTED | DOUBLE_QUOTED
  | ADD | ALERT | ALERTS | ALTER | BEGINNING | CASCADE | COLUMN | COMMENT | CONTRACT | CREATE | DATA
  | DEAD | DELETE | DESC | DESCRIBE | DROP | ENFORCED | EXISTS | EXPIRED | EXPLAIN | EXTENDED | FOR
  | INSERT | KEY | LETTERS | LIMIT | LOCAL | METADATA | OF | OR | PAUSE | PRECISION | PREFIX | PREVIEW
  | PRIMARY | PRINT | QUERIES | QUERY | REPLACE | REPLAY | RESUME | ROLLBACK | SCHEMA | SCHEMAS
  | SERVING | SHOW | SINK | SINKS | SKIP_ | SOURCE | SOURCES | STREAM | STREAMS | TABLE | TABLES
  | TIME | TO | TOPICS | TYPE | UPDATE | VERSION | VERSIONS | VIEW | VIEWS | VIRTUAL | WATERMARK
  | WITHOUT | ZONE
  ;

anyWord : word | AS | FROM | IF | INTO | NOT | NULL | SELECT | SET | VALUES | WHERE | WITH ;

ADD : 'ADD' ;
ALERT : 'ALERT' ;
ALERTS : 'ALERTS' ;
ALTER : 'ALTER' ;
AS : 'AS' ;
BEGINNING : 'BEGINNING' ;
CASCADE : 'CASCADE' ;
COLUMN : 'COLUMN' ;
COMMENT : 'COMMENT' ;
CONTRACT : 'CONTRACT' ;
CREATE : 'CREATE' ;
DATA : 'DATA' ;
DEAD : 'DEAD' ;
DELETE : 'DELETE' ;
DESC : 'DESC' ;
DESCRIBE : 'DESCRIBE' ;
DROP : 'DROP' ;
ENFORCED : 'ENFORCED' ;
EXISTS : 'EXISTS' ;
EXPIRED : 'EXPIRED' ;
EXPLAIN : 'EXPLAIN' ;
EXTENDED : 'EXTENDED' ;
FOR : 'FOR' ;
FROM : 'FROM' ;
IF : 'IF' ;
INSERT : 'INSERT' ;
INTO : 'INTO' ;
KEY : 'KEY' ;
LETTERS : 'LETTERS' ;
LIMIT : 'LIMIT' ;
LOCAL : 'LOCAL' ;
METADATA : 'METADATA' ;
NOT : 'NOT' ;
NULL : 'NULL' ;
OF : 'OF' ;
OR : 'OR' ;
PAUSE : 'PAUSE' ;
PRECISION : 'PRECISION' ;
PREFIX : 'PREFIX' ;
PREVIEW : 'PREVIEW' ;
PRIMARY : 'PRIMARY' ;
PRINT : 'PRINT' ;
QUERIES : 'QUERIES' ;
QUERY : 'QUERY' ;
REPLACE : 'REPLACE' ;
REPLAY : 'REPLAY' ;
RESUME : 'RESUME' ;
ROLLBACK : 'ROLLBACK' ;
SCHEMA : 'SCHEMA' ;
SCHEMAS : 'SCHEMAS' ;
SELECT : 'SELECT' ;
SERVING : 'SERVING' ;
SET : 'SET' ;
SHOW : 'SHOW' ;
SINK : 'SINK' ;
SINKS : 'SINKS' ;
SKIP_ : 'SKIP' ;
SOURCE : 'SOURCE' ;
SOURCES : 'SOURCES' ;
STREAM : 'STREAM' ;
STREAMS : 'STREAMS' ;
TABLE : 'TABLE' ;
TABLES : 'TABLES' ;
TIME : 'TIME' ;
TO : 'TO' ;
TOPICS : 'TOPICS' ;
TYPE : 'TYPE' ;
UPDATE : 'UPDATE' ;
VALUES : 'VALUES' ;
VERSION : 'VERSION' ;
VERSIONS : 'VERSIONS' ;
VIEW : 'VIEW' ;
VIEWS : 'VIEWS' ;
VIRTUAL : 'VIRTUAL' ;
WATERMARK : 'WATERMARK' ;
WHERE : 'WHERE' ;
WITH : 'WITH' ;
WITHOUT : 'WITHOUT' ;
ZONE : 'ZONE' ;

/* One token: a query may use the word "emit" otherwise. */
EMIT_CHANGES : 'EMIT' GAP+ 'CHANGES' ;

LPAREN : '(' ;
RPAREN : ')' ;
LBRACKET : '[' ;
RBRACKET : ']' ;
LT : '<' ;
GT : '>' ;
COMMA : ',' ;
DOT : '.' ;
EQ : '=' ;
PLUS : '+' ;
MINUS : '-' ;
SEMICOLON : ';' ;

IDENTIFIER : [\p{L}_] [\p{L}\p{M}\p{N}_$]* ;
INTEGER : [0-9]+ ;
NUMBER : [0-9]+ '.' [0-9]* EXPONENT? | [0-9]+ EXPONENT | '.' [0-9]+ EXPONENT? ;

STRING : '\'' (~'\'' | '\'\'')* '\'' ;
/* DuckDB's strings with backslash escapes, and its strings without any. */
ESCAPE_STRING : 'E' '\'' (~['\\] | '\'\'' | '\\' .)* '\'' ;
DOLLAR_STRING : '$$' ('$' ~'$' | ~'$')* '$$' ;
BACK_QUOTED : '`' (~'`' | '``')* '`' ;
DOUBLE_QUOTED : '"' (~'"' | '""')* '"' ;

UNCLOSED_STRING : '\'' (~'\'' | '\'\'')* ;
UNCLOSED_BACK_QUOTED : '`' (~'`' | '``')* ;
UNCLOSED_DOUBLE_QUOTED : '"' (~'"' | '""')* ;
UNCLOSED_COMMENT : '/*' COMMENTED '*'* ;

BLOCK_COMMENT : BLOCK -> channel(HIDDEN) ;
LINE_COMMENT : '--' ~[\r\n]* -> channel(HIDDEN) ;
SPACE : WHITE+ -> channel(HIDDEN) ;
OTHER : . ;

fragment EXPONENT : 'E' [+-]? [0-9]+ ;
fragment WHITE : [\p{White_Space}\uFEFF] ;
fragment COMMENTED : ('*'+ ~[/*] | ~'*')* ;
fragment BLOCK : '/*' COMMENTED '*'+ '/' ;
fragment GAP : WHITE | '--' ~[\r\n]* [\r\n] | BLOCK ;
