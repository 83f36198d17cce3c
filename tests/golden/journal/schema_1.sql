-- A journal of schema 1 as release 0.1.0 wrote it: a coordinator's morning, four records of its own.
PRAGMA user_version=1;
BEGIN;
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE events (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE snapshot (only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE answers (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (at_ms);
CREATE TABLE inbox (source TEXT, generation TEXT, seq INTEGER,
                    PRIMARY KEY (source, generation, seq)) WITHOUT ROWID;
CREATE TABLE inbox_mark (source TEXT, generation TEXT, up_to INTEGER NOT NULL,
                         PRIMARY KEY (source, generation)) WITHOUT ROWID;
CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL,
                     body BLOB NOT NULL, receipted INTEGER NOT NULL DEFAULT 0);
CREATE INDEX outbox_waiting ON outbox (seq) WHERE receipted = 0;
INSERT INTO meta VALUES ('epoch', 1);
INSERT INTO meta VALUES ('generation', '12d6fee7');
INSERT INTO meta VALUES ('site', '
[site]
id = "small"
name = "便民服务站"
name_en = "Service Point"
coordinator = "core"

[[priority_classes]]
id = "ordinary"
name = "普通"

[[priority_classes]]
id = "elderly"
name = "老年人"
rate = 4

[[queues]]
id = "social"
name = "社保"
prefix = "A"

[[queues]]
id = "tax"
name = "税务"
prefix = "B"

[[services]]
id = "pension"
name = "养老金"
name_en = "Pension"
queue = "social"
code = "101"

[[services]]
id = "invoice"
name = "发票"
queue = "tax"
code = "201"

[[windows]]
id = "1"
label = "1"
name = "社保窗口"
queues = ["social"]

[[windows]]
id = "2"
label = "2"
name = "综合窗口"
queues = ["social", "tax"]

[[notices]]
text = "欢迎光临"

[[nodes]]
id = "core"

[[nodes]]
id = "east"

[[ports]]
id = "line"
node = "east"
url = "/dev/serial/by-path/one"

[[devices]]
id = "keypad-1"
kind = "keypad"
port = "line"
window = "1"
address = 1

[[devices]]
id = "keypad-2"
kind = "keypad"
port = "line"
window = "2"
address = 2
'||char(0)||'
[site]
id = "small"
name = "便民服务站"
name_en = "Service Point"
coordinator = "core"

[[priority_classes]]
id = "ordinary"
name = "普通"

[[priority_classes]]
id = "elderly"
name = "老年人"
rate = 4

[[queues]]
id = "social"
name = "社保"
prefix = "A"

[[queues]]
id = "tax"
name = "税务"
prefix = "B"

[[services]]
id = "pension"
name = "养老金"
name_en = "Pension"
queue = "social"
code = "101"

[[services]]
id = "invoice"
name = "发票"
queue = "tax"
code = "201"

[[windows]]
id = "1"
label = "1"
name = "社保窗口"
queues = ["social"]

[[windows]]
id = "2"
label = "2"
name = "综合窗口"
queues = ["social", "tax"]

[[notices]]
text = "欢迎光临"

[[nodes]]
id = "core"

[[nodes]]
id = "east"

[[ports]]
id = "line"
node = "east"
url = "/dev/serial/by-path/one"

[[devices]]
id = "keypad-1"
kind = "keypad"
port = "line"
window = "1"
address = 1

[[devices]]
id = "keypad-2"
kind = "keypad"
port = "line"
window = "2"
address = 2
');
INSERT INTO events VALUES (1, 1795395600019, 'CatalogueApplied', CAST('{"at_s":1795395600.019064,"catalogue":{"version":1,"services":{"pension":{"id":"pension","name":"养老金","queue":"social","name_en":"Pension","department":"","code":"101","service_s":480.0,"accepted":false},"invoice":{"id":"invoice","name":"发票","queue":"tax","name_en":"","department":"","code":"201","service_s":480.0,"accepted":false}},"queues":{"social":{"id":"social","name":"社保","number":{"prefix":"A","digits":3,"first":1,"reset":"daily"},"name_en":"","daily_limit":0,"overnight":"discard"},"tax":{"id":"tax","name":"税务","number":{"prefix":"B","digits":3,"first":1,"reset":"daily"},"name_en":"","daily_limit":0,"overnight":"discard"}},"windows":{"1":{"id":"1","label":"1","name":"社保窗口","name_en":"","queues":["social"],"comprehensive":false,"rates_items":false},"2":{"id":"2","label":"2","name":"综合窗口","name_en":"","queues":["social","tax"],"comprehensive":false,"rates_items":false}},"classes":{"ordinary":{"id":"ordinary","name":"普通","rate":1.0,"name_en":"","code":""},"elderly":{"id":"elderly","name":"老年人","rate":4.0,"name_en":"","code":""}},"order":{"rule":"accumulating","alternate":3,"longest_wait_s":0.0},"hours":{"weekly":[],"utc_offset_s":28800.0,"day_starts_s":0.0,"stop_issue_s":0.0},"appointments":{"priority":"","early_s":1800.0,"late_s":900.0},"notices":[{"text":"欢迎光临","text_en":""}],"recall_missed":true}}' AS BLOB));
INSERT INTO events VALUES (2, 1795395600019, 'DayStarted', CAST('{"at_s":1795395600.019064,"day":"20261123","ends_s":1795449600.0,"keep_all":false}' AS BLOB));
INSERT INTO events VALUES (3, 1795395600019, 'HoursTurned', CAST('{"at_s":1795395600.019064,"open":true,"issuing":true}' AS BLOB));
INSERT INTO events VALUES (4, 1795395600021, 'LoggedIn', CAST('{"at_s":1795395600.0219665,"window":"1","clerk":"101"}' AS BLOB));
INSERT INTO events VALUES (5, 1795395600023, 'LoggedIn', CAST('{"at_s":1795395600.0235126,"window":"2","clerk":"102"}' AS BLOB));
INSERT INTO events VALUES (6, 1795395600024, 'NumberIssued', CAST('{"at_s":1795395600.024572,"visit":"20261123-A001","number":"A001","count":1,"queue":"social","service":"pension","priority":"ordinary","origin":"walk_in","items":[],"appointment_s":0.0,"prediction":{"ahead":0,"plain_s":0.0,"forward_s":0.0,"told_s":0.0,"low_s":0.0,"high_s":0.0}}' AS BLOB));
INSERT INTO events VALUES (7, 1795395600025, 'NumberIssued', CAST('{"at_s":1795395600.0257266,"visit":"20261123-B001","number":"B001","count":1,"queue":"tax","service":"invoice","priority":"ordinary","origin":"walk_in","items":[],"appointment_s":0.0,"prediction":{"ahead":0,"plain_s":0.0,"forward_s":0.0,"told_s":0.0,"low_s":0.0,"high_s":0.0}}' AS BLOB));
INSERT INTO events VALUES (8, 1795395600026, 'NumberIssued', CAST('{"at_s":1795395600.0268037,"visit":"20261123-A002","number":"A002","count":2,"queue":"social","service":"pension","priority":"ordinary","origin":"walk_in","items":[],"appointment_s":0.0,"prediction":{"ahead":1,"plain_s":0.0,"forward_s":240.0,"told_s":0.0,"low_s":0.0,"high_s":0.0}}' AS BLOB));
INSERT INTO events VALUES (9, 1795395600027, 'NumberIssued', CAST('{"at_s":1795395600.0277433,"visit":"20261123-A003","number":"A003","count":3,"queue":"social","service":"pension","priority":"ordinary","origin":"walk_in","items":[],"appointment_s":0.0,"prediction":{"ahead":2,"plain_s":240.0,"forward_s":480.0,"told_s":240.0,"low_s":54.03606021629892,"high_s":383.81793876970926}}' AS BLOB));
INSERT INTO events VALUES (10, 1795395600028, 'Called', CAST('{"at_s":1795395600.028713,"window":"1","visit":"20261123-A001","how":"next"}' AS BLOB));
INSERT INTO events VALUES (11, 1795395600029, 'Begun', CAST('{"at_s":1795395600.0297,"window":"1","visit":"20261123-A001","pressed":true}' AS BLOB));
INSERT INTO events VALUES (12, 1795395600030, 'RatingAsked', CAST('{"at_s":1795395600.0306153,"window":"1","visit":"20261123-A001","item":""}' AS BLOB));
INSERT INTO events VALUES (13, 1795395600031, 'Called', CAST('{"at_s":1795395600.0315073,"window":"2","visit":"20261123-B001","how":"next"}' AS BLOB));
INSERT INTO events VALUES (14, 1795395600032, 'Begun', CAST('{"at_s":1795395600.0324657,"window":"2","visit":"20261123-B001","pressed":false}' AS BLOB));
INSERT INTO events VALUES (15, 1795395600032, 'Held', CAST('{"at_s":1795395600.0324657,"window":"2","visit":"20261123-B001"}' AS BLOB));
INSERT INTO events VALUES (16, 1795395600033, 'WindowPaused', CAST('{"at_s":1795395600.0333292,"window":"2","reason":"午休"}' AS BLOB));
INSERT INTO events VALUES (17, 1795395600034, 'PrintMarked', CAST('{"at_s":1795395600.0341854,"visit":"20261123-A001","outcome":"printed","reason":"","copy":0}' AS BLOB));
INSERT INTO events VALUES (18, 1795395600034, 'RatingGiven', CAST('{"at_s":1795395600.0342958,"window":"1","visit":"20261123-A001","level":5,"item":""}' AS BLOB));
INSERT INTO events VALUES (19, 1795395600036, 'NumberIssued', CAST('{"at_s":1795395600.0362868,"visit":"20261123-A004","number":"A004","count":4,"queue":"social","service":"pension","priority":"ordinary","origin":"walk_in","items":[],"appointment_s":0.0,"prediction":{"ahead":2,"plain_s":1440.0,"forward_s":960.0,"told_s":1440.0,"low_s":740.0398520932408,"high_s":2049.9241050147616}}' AS BLOB));
INSERT INTO snapshot VALUES (1, 18, CAST('{"catalogue":{"version":1,"services":{"pension":{"id":"pension","name":"养老金","queue":"social","name_en":"Pension","department":"","code":"101","service_s":480.0,"accepted":false},"invoice":{"id":"invoice","name":"发票","queue":"tax","name_en":"","department":"","code":"201","service_s":480.0,"accepted":false}},"queues":{"social":{"id":"social","name":"社保","number":{"prefix":"A","digits":3,"first":1,"reset":"daily"},"name_en":"","daily_limit":0,"overnight":"discard"},"tax":{"id":"tax","name":"税务","number":{"prefix":"B","digits":3,"first":1,"reset":"daily"},"name_en":"","daily_limit":0,"overnight":"discard"}},"windows":{"1":{"id":"1","label":"1","name":"社保窗口","name_en":"","queues":["social"],"comprehensive":false,"rates_items":false},"2":{"id":"2","label":"2","name":"综合窗口","name_en":"","queues":["social","tax"],"comprehensive":false,"rates_items":false}},"classes":{"ordinary":{"id":"ordinary","name":"普通","rate":1.0,"name_en":"","code":""},"elderly":{"id":"elderly","name":"老年人","rate":4.0,"name_en":"","code":""}},"order":{"rule":"accumulating","alternate":3,"longest_wait_s":0.0},"hours":{"weekly":[],"utc_offset_s":28800.0,"day_starts_s":0.0,"stop_issue_s":0.0},"appointments":{"priority":"","early_s":1800.0,"late_s":900.0},"notices":[{"text":"欢迎光临","text_en":""}],"recall_missed":true},"retired":{},"now_s":1795395600.0342958,"day":"20261123","day_ends_s":1795449600.0,"open":true,"issuing":true,"issued":4,"counters":{"social":3,"tax":1},"issued_today":{"social":3,"tax":1},"visits":{"20261123-A001":{"id":"20261123-A001","number":"A001","seq":1,"queue":"social","service":"pension","items":["pension"],"priority":"ordinary","origin":"walk_in","issued_s":1795395600.024572,"prediction":{"ahead":0,"plain_s":0.0,"forward_s":0.0,"told_s":0.0,"low_s":0.0,"high_s":0.0},"state":"serving","accepted":false,"sent":false,"bound":"","window":"1","calls":{"1":1},"served_at":["1"],"ratings":{"":5},"first_called_s":1795395600.028713,"called_s":1795395600.028713,"begun_s":1795395600.0297,"held_s":-1.0,"walked_s":0.0009870529174804688,"served_s":0.0,"stay_s":0.0009870529174804688,"printed":"printed","copies":0},"20261123-B001":{"id":"20261123-B001","number":"B001","seq":2,"queue":"tax","service":"invoice","items":["invoice"],"priority":"ordinary","origin":"walk_in","issued_s":1795395600.0257266,"prediction":{"ahead":0,"plain_s":0.0,"forward_s":0.0,"told_s":0.0,"low_s":0.0,"high_s":0.0},"state":"held","accepted":false,"sent":false,"bound":"","window":"2","calls":{"2":1},"served_at":["2"],"ratings":{},"first_called_s":1795395600.0315073,"called_s":1795395600.0315073,"begun_s":1795395600.0315073,"held_s":1795395600.0324657,"walked_s":-1.0,"served_s":0.0009584426879882812,"stay_s":0.0009584426879882812,"printed":"","copies":0},"20261123-A002":{"id":"20261123-A002","number":"A002","seq":3,"queue":"social","service":"pension","items":["pension"],"priority":"ordinary","origin":"walk_in","issued_s":1795395600.0268037,"prediction":{"ahead":1,"plain_s":0.0,"forward_s":240.0,"told_s":0.0,"low_s":0.0,"high_s":0.0},"state":"waiting","accepted":false,"sent":false,"bound":"","window":"","calls":{},"served_at":[],"ratings":{},"first_called_s":-1.0,"called_s":-1.0,"begun_s":-1.0,"held_s":-1.0,"walked_s":-1.0,"served_s":0.0,"stay_s":0.0,"printed":"","copies":0},"20261123-A003":{"id":"20261123-A003","number":"A003","seq":4,"queue":"social","service":"pension","items":["pension"],"priority":"ordinary","origin":"walk_in","issued_s":1795395600.0277433,"prediction":{"ahead":2,"plain_s":240.0,"forward_s":480.0,"told_s":240.0,"low_s":54.03606021629892,"high_s":383.81793876970926},"state":"waiting","accepted":false,"sent":false,"bound":"","window":"","calls":{},"served_at":[],"ratings":{},"first_called_s":-1.0,"called_s":-1.0,"begun_s":-1.0,"held_s":-1.0,"walked_s":-1.0,"served_s":0.0,"stay_s":0.0,"printed":"","copies":0}},"windows":{"1":{"clerk":"101","paused":false,"reason":"","visit":"20261123-A001","last":"","question":null,"held":[],"fast_calls":0,"calls":1,"since_s":1795395600.0297,"spent":{"closed":0.002902507781982422,"idle":0.006746530532836914,"calling":0.0009870529174804688}},"2":{"clerk":"102","paused":true,"reason":"午休","visit":"","last":"","question":null,"held":["20261123-B001"],"fast_calls":0,"calls":1,"since_s":1795395600.0333292,"spent":{"closed":0.004448652267456055,"idle":0.008858203887939453,"serving":0.0009584426879882812}}},"board":[{"visit":"20261123-B001","number":"B001","window":"2","label":"2","at_s":1795395600.0315073,"calls":1,"queue":"tax"},{"visit":"20261123-A001","number":"A001","window":"1","label":"1","at_s":1795395600.028713,"calls":1,"queue":"social"}],"stays":{},"queue_stays":{},"flows":{"social/ordinary/0":{"first_s":1795395600.024572,"last_s":1795395600.0277433,"level":2.9999988580416557},"tax/ordinary/0":{"first_s":1795395600.0257266,"last_s":1795395600.0257266,"level":1.0}},"scores":{},"trust":{},"past":{},"late_ratings":[]}' AS BLOB));
INSERT INTO answers VALUES ('r1', 1795395600022, CAST('{"type":"answer","id":"r1","code":"ok"}' AS BLOB));
INSERT INTO answers VALUES ('r10', 1795395600031, CAST('{"type":"answer","id":"r10","code":"ok","ticket":"B001","waiting":2}' AS BLOB));
INSERT INTO answers VALUES ('r11', 1795395600032, CAST('{"type":"answer","id":"r11","code":"ok","waiting":2}' AS BLOB));
INSERT INTO answers VALUES ('r12', 1795395600033, CAST('{"type":"answer","id":"r12","code":"ok","waiting":2}' AS BLOB));
INSERT INTO answers VALUES ('r13', 1795395600036, CAST('{"type":"answer","id":"r13","code":"ok","slip":{"visit":"20261123-A004","number":"A004","service":"养老金","issued_ms":1795395600036,"service_en":"Pension","queue":"social","priority":"普通","ahead":2,"wait_low_s":740,"wait_high_s":2050,"windows":"1、2","qr":"","copy":0},"ticket":"A004"}' AS BLOB));
INSERT INTO answers VALUES ('r2', 1795395600023, CAST('{"type":"answer","id":"r2","code":"ok"}' AS BLOB));
INSERT INTO answers VALUES ('r3', 1795395600024, CAST('{"type":"answer","id":"r3","code":"ok","slip":{"visit":"20261123-A001","number":"A001","service":"养老金","issued_ms":1795395600024,"service_en":"Pension","queue":"social","priority":"普通","ahead":0,"wait_low_s":0,"wait_high_s":60,"windows":"1、2","qr":"","copy":0},"ticket":"A001"}' AS BLOB));
INSERT INTO answers VALUES ('r4', 1795395600026, CAST('{"type":"answer","id":"r4","code":"ok","slip":{"visit":"20261123-B001","number":"B001","service":"发票","issued_ms":1795395600025,"service_en":"","queue":"tax","priority":"普通","ahead":0,"wait_low_s":0,"wait_high_s":60,"windows":"2","qr":"","copy":0},"ticket":"B001"}' AS BLOB));
INSERT INTO answers VALUES ('r5', 1795395600026, CAST('{"type":"answer","id":"r5","code":"ok","slip":{"visit":"20261123-A002","number":"A002","service":"养老金","issued_ms":1795395600026,"service_en":"Pension","queue":"social","priority":"普通","ahead":1,"wait_low_s":0,"wait_high_s":60,"windows":"1、2","qr":"","copy":0},"ticket":"A002"}' AS BLOB));
INSERT INTO answers VALUES ('r6', 1795395600027, CAST('{"type":"answer","id":"r6","code":"ok","slip":{"visit":"20261123-A003","number":"A003","service":"养老金","issued_ms":1795395600027,"service_en":"Pension","queue":"social","priority":"普通","ahead":2,"wait_low_s":54,"wait_high_s":384,"windows":"1、2","qr":"","copy":0},"ticket":"A003"}' AS BLOB));
INSERT INTO answers VALUES ('r7', 1795395600028, CAST('{"type":"answer","id":"r7","code":"ok","ticket":"A001","waiting":2}' AS BLOB));
INSERT INTO answers VALUES ('r8', 1795395600029, CAST('{"type":"answer","id":"r8","code":"ok","ticket":"A001","waiting":2}' AS BLOB));
INSERT INTO answers VALUES ('r9', 1795395600030, CAST('{"type":"answer","id":"r9","code":"ok","ticket":"A001","waiting":2}' AS BLOB));
INSERT INTO inbox VALUES ('east', 'abcdef01', 3);
INSERT INTO inbox_mark VALUES ('east', 'abcdef01', 1);
INSERT INTO outbox VALUES (1, 1795395600001, CAST('{"type":"rated","source":"core","id":"12d6fee7-1","at_ms":1795395600001,"visit":"20261123-A001","window":"1","level":5}' AS BLOB), 1);
INSERT INTO outbox VALUES (2, 1795395600002, CAST('{"type":"rated","source":"core","id":"12d6fee7-1","at_ms":1795395600002,"visit":"20261123-A002","window":"1","level":5}' AS BLOB), 1);
INSERT INTO outbox VALUES (3, 1795395600003, CAST('{"type":"shown","source":"core","id":"12d6fee7-1","at_ms":1795395600003,"visit":"20261123-A001","window":"1","device":"strip-1","calls":1,"acknowledged":true}' AS BLOB), 0);
INSERT INTO outbox VALUES (4, 1795395600004, CAST('{"type":"rated","source":"core","id":"12d6fee7-1","at_ms":1795395600004,"visit":"20261123-A004","window":"1","level":5}' AS BLOB), 0);
COMMIT;
