package projection_test

// world is what the workload starts from: two organizations with so few rows that writers meet,
// and a third without entries in its books, the only kind that may change its base currency.
const world = `
INSERT INTO canonical.organizations (id, name, time_zone, base_currency) OVERRIDING SYSTEM VALUE VALUES (1, 'One', 'Australia/Adelaide', 'AUD'), (2, 'Two', 'UTC', 'JPY'), (3, 'Three', 'UTC', 'EUR');
INSERT INTO canonical.people (organization_id, id, given_name, is_customer) OVERRIDING SYSTEM VALUE SELECT o, i, 'Person ' || i, true FROM generate_series(1, 2) o, generate_series(1, 6) i;
INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) OVERRIDING SYSTEM VALUE SELECT o, i, 'Rate ' || i, i * 5 FROM generate_series(1, 2) o, generate_series(1, 2) i;
INSERT INTO canonical.products (organization_id, id, sku, name, unit_price, currency) OVERRIDING SYSTEM VALUE SELECT o, i, 'S' || i, 'Product ' || i, 100 * i, 'AUD' FROM generate_series(1, 2) o, generate_series(1, 3) i;
INSERT INTO canonical.documents (organization_id, id, kind, party_id, state, number, number_value, issued_on, due_on, currency, approved_at, prices_include_tax, tax_rounding)
OVERRIDING SYSTEM VALUE SELECT o, i, 'invoice', 1 + i % 6, 'approved', 'INV-' || i, i, '2026-01-01'::date + i * 10, '2026-02-01'::date + i * 10, 'AUD', now(), i % 3 = 0, CASE i % 2 WHEN 0 THEN 'line' ELSE 'rate' END FROM generate_series(1, 2) o, generate_series(1, 12) i;
INSERT INTO canonical.document_items (organization_id, id, document_id, line, description, quantity, unit_price)
OVERRIDING SYSTEM VALUE SELECT o, i, 1 + i % 12, 1 + i / 12, 'Item ' || i, 1 + i % 3, 100 * i FROM generate_series(1, 2) o, generate_series(1, 30) i;
INSERT INTO canonical.document_item_taxes (organization_id, id, document_id, document_item_id, position, tax_rate_id, name, percentage)
OVERRIDING SYSTEM VALUE SELECT o, i, 1 + i % 12, i, 1, 1, 'Rate 1', 10 FROM generate_series(1, 2) o, generate_series(1, 20) i;
INSERT INTO canonical.payments (organization_id, id, party_id, paid_on, currency, amount)
OVERRIDING SYSTEM VALUE SELECT o, i, 1 + i % 6, '2026-03-01', 'AUD', 10000 FROM generate_series(1, 2) o, generate_series(1, 6) i;
INSERT INTO canonical.stores (organization_id, id, name, time_zone) SELECT o, i, 'Store ' || i, CASE i WHEN 1 THEN 'Pacific/Kiritimati' ELSE 'Pacific/Niue' END FROM generate_series(1, 2) o, generate_series(1, 3) i;
INSERT INTO canonical.day_parts (organization_id, store_id, valid, name, start_minute, length_minutes) SELECT o, i, '(,)', 'Part ' || n, n * 480, 480 FROM generate_series(1, 2) o, generate_series(1, 2) i, generate_series(0, 2) n;
INSERT INTO canonical.shifts (organization_id, id, store_id, person_id, during)
SELECT o, i, 1 + i % 2, 1 + i % 6, tstzrange('2026-04-03 00:00+00'::timestamptz + i * interval '2 hours', '2026-04-03 05:00+00'::timestamptz + i * interval '2 hours') FROM generate_series(1, 2) o, generate_series(1, 30) i;
INSERT INTO canonical.users (id, name, email) OVERRIDING SYSTEM VALUE SELECT i, 'User ' || i, i || '@example.com' FROM generate_series(1, 6) i;
INSERT INTO canonical.memberships (organization_id, user_id, role) SELECT o, i, 'staff' FROM generate_series(1, 2) o, generate_series(1, 6) i;
INSERT INTO canonical.channels (organization_id, id, name) OVERRIDING SYSTEM VALUE SELECT o, i, 'Channel ' || i FROM generate_series(1, 2) o, generate_series(1, 3) i;
INSERT INTO canonical.channel_members (organization_id, channel_id, user_id) SELECT o, 1 + i % 3, i FROM generate_series(1, 2) o, generate_series(1, 6) i;
INSERT INTO canonical.notification_preferences (organization_id, user_id, type, delivery) SELECT o, i, 'sale_refunded', 'email' FROM generate_series(1, 2) o, generate_series(1, 3) i;
INSERT INTO canonical.tills (organization_id, id, store_id, name) SELECT o, i, i, 'Till ' || i FROM generate_series(1, 2) o, generate_series(1, 3) i;
SELECT setval(pg_get_serial_sequence('canonical.' || t, 'id'), 1000)
FROM unnest(ARRAY['people','tax_rates','products','documents','document_items','document_item_taxes','payments','payment_allocations','addresses','stores','day_parts','shifts','channels','tills']) t;`

// operations are the statements that writers choose from. $O stands for an organization; $P, $D,
// $I and $Y for a person, a document, an item and a payment; $N for a number below 50.
var operations = []string{
	`UPDATE canonical.people SET family_name = 'Name $N' WHERE organization_id = $O AND id = $P`,
	`UPDATE canonical.people SET phone = 'ph $N' WHERE organization_id = $O AND id IN ($P, $P % 6 + 1)`,
	`INSERT INTO canonical.people (organization_id, given_name, is_customer) VALUES ($O, 'New $N', true)`,
	`DELETE FROM canonical.people WHERE organization_id = $O AND id > 1000 AND id % 7 = $N % 7`,
	`INSERT INTO canonical.addresses (organization_id, person_id, position, street, suburb, postcode, country_code) VALUES ($O, $P, 1 + $N, '$N Street', 'Norwood', '5000', 'AU')`,
	`UPDATE canonical.addresses SET person_id = $P, position = position + 100 WHERE organization_id = $O AND id % 3 = $N % 3`,
	`DELETE FROM canonical.addresses WHERE organization_id = $O AND person_id = $P`,
	`UPDATE canonical.document_items SET unit_price = $N * 10 WHERE organization_id = $O AND id = $I`,
	`UPDATE canonical.document_items SET unit_price = unit_price + 1 WHERE organization_id = $O AND document_id = $D`,
	`UPDATE canonical.document_items SET document_id = $D, line = 50 + $N WHERE organization_id = $O AND id = $I`,
	`INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) VALUES ($O, $D, 100 + $N, 'More', $N), ($O, $D % 12 + 1, 100 + $N, 'More', $N)`,
	`DELETE FROM canonical.document_items WHERE organization_id = $O AND document_id = $D AND line > 100`,
	`DELETE FROM canonical.document_items WHERE organization_id = $O AND document_id = $D AND $N % 8 = 0`,
	`INSERT INTO canonical.document_item_taxes (organization_id, document_id, document_item_id, position, tax_rate_id, name, percentage) SELECT organization_id, document_id, id, 2, 2, 'Rate 2', $N FROM canonical.document_items WHERE organization_id = $O AND id = $I`,
	`DELETE FROM canonical.document_item_taxes WHERE organization_id = $O AND document_item_id = $I`,
	`UPDATE canonical.document_item_taxes SET percentage = $N WHERE organization_id = $O AND document_item_id = $I`,
	`INSERT INTO canonical.documents (organization_id, kind, party_id, issued_on, due_on, currency) VALUES ($O, 'invoice', $P, '2026-05-01', '2026-06-01', 'AUD')`,
	`WITH d AS (INSERT INTO canonical.documents (organization_id, kind, party_id, issued_on, due_on, currency) VALUES ($O, 'invoice', $P, '2026-05-01', '2026-06-01', 'EUR') RETURNING id)
	 INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) SELECT $O, d.id, l, 'Line', $N FROM d, generate_series(1, 3) l`,
	`DELETE FROM canonical.documents WHERE organization_id = $O AND id > 1000 AND state = 'draft' AND id % 5 = $N % 5`,
	`UPDATE canonical.documents SET party_id = $P WHERE organization_id = $O AND id = $D`,
	`UPDATE canonical.documents SET store_id = nullif($N % 4, 0) WHERE organization_id = $O AND id = $D`,
	`UPDATE canonical.payments SET store_id = nullif($N % 4, 0) WHERE organization_id = $O AND id = $Y`,
	`UPDATE canonical.documents SET issued_on = '2026-01-01'::date + $N, due_on = '2026-12-01' WHERE organization_id = $O AND id = $D`,
	`UPDATE canonical.documents SET memo = 'memo $N' WHERE organization_id = $O AND party_id = $P`,
	`UPDATE canonical.documents SET id = id + 100000 WHERE organization_id = $O AND id > 1000 AND id < 100000 AND id % 3 = $N % 3 AND state = 'draft' AND NOT EXISTS (SELECT FROM canonical.document_items i WHERE i.organization_id = $O AND i.document_id = documents.id)`,
	`INSERT INTO canonical.payments (organization_id, party_id, paid_on, currency, amount) VALUES ($O, $P, '2026-03-02', 'AUD', 1000 + $N)`,
	`UPDATE canonical.payments SET voided_at = CASE WHEN voided_at IS NULL THEN now() END WHERE organization_id = $O AND id = $Y`,
	`UPDATE canonical.payments SET amount = amount + $N WHERE organization_id = $O AND id = $Y`,
	`INSERT INTO canonical.payment_allocations (organization_id, payment_id, document_id, amount)
	 SELECT $O, p.id, d.id, 1 + $N FROM canonical.payments p JOIN canonical.documents d ON d.organization_id = p.organization_id AND d.party_id = p.party_id AND d.state = 'approved'
	 WHERE p.organization_id = $O AND p.id = $Y LIMIT 1`,
	`DELETE FROM canonical.payment_allocations WHERE organization_id = $O AND payment_id = $Y`,
	`INSERT INTO canonical.payments (organization_id, direction, party_role, party_id, paid_on, currency, fx_rate, amount) VALUES ($O, 'out', CASE $N % 2 WHEN 0 THEN 'vendor' ELSE 'customer' END, $P, '2026-03-02', 'EUR', 1.5, 100 + $N)`,
	`INSERT INTO canonical.payment_refunds (organization_id, refund_id, payment_id, amount)
	 SELECT $O, r.id, p.id, 1 + $N FROM canonical.payments r JOIN canonical.payments p ON p.organization_id = r.organization_id AND p.party_id = r.party_id AND p.direction = 'in'
	 WHERE r.organization_id = $O AND r.direction = 'out' AND r.currency = p.currency LIMIT 1 ON CONFLICT DO NOTHING`,
	`UPDATE canonical.payment_refunds SET amount = 1 + $N WHERE organization_id = $O`,
	`DELETE FROM canonical.payment_refunds WHERE organization_id = $O AND id % 4 = $N % 4`,
	`UPDATE canonical.payments SET currency = CASE currency WHEN 'AUD' THEN 'EUR' ELSE 'AUD' END WHERE organization_id = $O AND id = $Y`,
	`WITH d AS (INSERT INTO canonical.documents (organization_id, kind, party_id, state, number, number_value, issued_on, due_on, currency, fx_rate, approved_at)
		SELECT $O, (ARRAY['bill', 'credit_note', 'vendor_credit_note'])[1 + $N % 3], $P, 'approved', 'N', floor(random() * 1e9), '2026-01-01', '2026-02-01', CASE $N % 4 WHEN 0 THEN 'EUR' ELSE 'AUD' END, 1.25, now() RETURNING id)
	 INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) SELECT $O, id, 1, 'Other', 600 + $N FROM d`,
	`UPDATE canonical.document_items SET unit_price = 600 + $N WHERE organization_id = $O AND description = 'Other' AND id % 4 = $N % 4`,
	`UPDATE canonical.documents SET party_id = $P WHERE organization_id = $O AND kind <> 'invoice' AND id % 4 = $N % 4`,
	`INSERT INTO canonical.credit_allocations (organization_id, credit_note_id, document_id, amount)
	 SELECT $O, n.id, d.id, 1 + $N FROM canonical.documents n JOIN canonical.documents d ON d.organization_id = n.organization_id AND d.party_id = n.party_id AND d.state = 'approved' AND d.kind = canonical.credited_kind(n.kind)
	 WHERE n.organization_id = $O ORDER BY n.party_id = $P DESC LIMIT 1`,
	`UPDATE canonical.credit_allocations SET amount = 1 + $N WHERE organization_id = $O`,
	`DELETE FROM canonical.credit_allocations WHERE organization_id = $O AND id % 3 = $N % 3`,
	`UPDATE canonical.documents SET state = 'void', voided_at = now() WHERE organization_id = $O AND kind <> 'invoice' AND id % 9 = $N % 9`,
	`INSERT INTO canonical.fx_rates (organization_id, currency, valid_from, rate) VALUES ($O, 'EUR', '2026-01-01'::date + $N, 1 + $N)
	 ON CONFLICT (organization_id, currency, valid_from) DO UPDATE SET rate = excluded.rate + 1`,
	`DELETE FROM canonical.fx_rates WHERE organization_id = $O AND id % 5 = $N % 5`,
	`INSERT INTO canonical.money_entries (organization_id, kind, account_id, money_account_id, party_id, occurred_on, currency, amount)
	 SELECT $O, CASE $N % 2 WHEN 0 THEN 'income' ELSE 'expense' END, max(id), min(id), $P, '2026-03-02', 'AUD', 1 + $N FROM canonical.accounts WHERE organization_id = $O AND code < 'N'`,
	`UPDATE canonical.money_entries SET amount = amount + 1, party_id = $P, memo = 'memo $N' WHERE organization_id = $O AND id % 5 = $N % 5`,
	`INSERT INTO canonical.transfers (organization_id, from_account_id, to_account_id, occurred_on, currency, amount)
	 SELECT $O, max(id), min(id), '2026-03-02', 'AUD', 1 + $N FROM canonical.accounts WHERE organization_id = $O AND code < 'N'`,
	`UPDATE canonical.transfers SET voided_at = CASE WHEN voided_at IS NULL THEN now() END, memo = 'memo $N' WHERE organization_id = $O AND id % 5 = $N % 5`,
	`INSERT INTO canonical.accounts (organization_id, code, name, type) VALUES ($O, 'N$N', 'New $N', 'expense')`,
	`UPDATE canonical.accounts SET name = 'Account $N' WHERE organization_id = $O AND id % 9 = $N % 9`,
	`UPDATE canonical.accounts SET archived_at = CASE WHEN archived_at IS NULL THEN now() END WHERE organization_id = $O AND system_role IS NULL AND id % 9 = $N % 9`,
	`DELETE FROM canonical.accounts WHERE organization_id = $O AND code LIKE 'N%' AND id % 3 = $N % 3`,
	`WITH entry AS (
		INSERT INTO canonical.journal_entries (organization_id, id, canonical_type, canonical_id, purpose, posted_on, memo)
		SELECT $O, n, 'JournalEntry', n, 'manual', '2026-01-01'::date + $N, 'Manual $N' FROM nextval(pg_get_serial_sequence('canonical.journal_entries', 'id')) AS n RETURNING id, posted_on)
	 INSERT INTO canonical.journal_lines (organization_id, entry_id, line, account_id, posted_on, amount, currency, document_amount)
	 SELECT $O, entry.id, side.line, side.account_id, entry.posted_on, side.amount, 'AUD', side.amount
	 FROM entry, (SELECT 1, max(id), 1 + $N FROM canonical.accounts WHERE organization_id = $O AND code < 'N' UNION ALL SELECT 2, min(id), -1 - $N FROM canonical.accounts WHERE organization_id = $O AND code < 'N') AS side (line, account_id, amount)`,
	`WITH manual AS (SELECT * FROM canonical.journal_entries e WHERE organization_id = $O AND purpose = 'manual' AND NOT EXISTS (SELECT FROM canonical.journal_entries r WHERE r.organization_id = $O AND r.reverses_id = e.id) LIMIT 1),
	 entry AS (
		INSERT INTO canonical.journal_entries (organization_id, canonical_type, canonical_id, purpose, posted_on, reverses_id)
		SELECT organization_id, canonical_type, canonical_id, 'reversal', posted_on, id FROM manual RETURNING id, posted_on, reverses_id)
	 INSERT INTO canonical.journal_lines (organization_id, entry_id, line, account_id, posted_on, amount, currency, document_amount)
	 SELECT $O, entry.id, l.line, l.account_id, entry.posted_on, -l.amount, l.currency, -l.document_amount FROM entry JOIN canonical.journal_lines l ON l.organization_id = $O AND l.entry_id = entry.reverses_id`,
	`UPDATE canonical.organizations SET tax_rounding = CASE tax_rounding WHEN 'line' THEN 'rate' ELSE 'line' END WHERE id = $O`,
	`UPDATE canonical.documents SET prices_include_tax = NOT prices_include_tax WHERE organization_id = $O AND state = 'draft' AND id % 3 = $N % 3`,
	`UPDATE canonical.organizations SET base_currency = CASE base_currency WHEN 'EUR' THEN 'USD' ELSE 'EUR' END WHERE id = 3`,
	`UPDATE canonical.products SET name = 'Product $N' WHERE organization_id = $O AND id = 1 + $N % 3`,
	`UPDATE canonical.stores SET name = 'Store $N', archived_at = CASE WHEN $N % 5 = 0 THEN now() END WHERE organization_id = $O AND id = 1 + $N % 3`,
	`INSERT INTO canonical.stores (organization_id, name, time_zone, business_day_start_minute) VALUES ($O, 'New $N', 'Australia/Adelaide', $N)`,
	`DELETE FROM canonical.stores WHERE organization_id = $O AND id > 1000 AND id % 3 = $N % 3`,
	`UPDATE canonical.stores SET time_zone = (ARRAY['UTC', 'Asia/Kathmandu', 'Australia/Adelaide'])[1 + $N / 17], business_day_start_minute = $N * 20 WHERE organization_id = $O AND id = 1 + $N % 3`,
	`INSERT INTO canonical.sales (organization_id, store_id, kind, occurred_at, currency, amount, person_id)
	 SELECT $O, 1 + $N % 3, 'sale', timestamptz '2026-03-01 00:00Z' + g * interval '7 hours', 'AUD', 1 + $N, $P FROM generate_series(1, 3) AS g`,
	`UPDATE canonical.sales SET store_id = 1 + $N % 3, voided_at = CASE WHEN voided_at IS NULL THEN now() END WHERE organization_id = $O AND id % 7 = $N % 7 AND tax_rounding IS NULL`,
	`UPDATE canonical.sales SET occurred_at = occurred_at + interval '9 hours' WHERE organization_id = $O AND id % 7 = $N % 7`,
	`DELETE FROM canonical.sales WHERE organization_id = $O AND id % 5 = $N % 5 AND tax_rounding IS NULL
	 AND NOT EXISTS (SELECT FROM canonical.day_close_sales AS posted WHERE (posted.organization_id, posted.sale_id) = (sales.organization_id, sales.id))`,
	`WITH sale AS (
		INSERT INTO canonical.sales (organization_id, store_id, occurred_at, currency, amount, tax_rounding)
		VALUES ($O, 1 + $N % 3, timestamptz '2026-03-01 00:00Z' + $N * interval '5 hours', 'AUD', 330, 'line') RETURNING id),
	 line AS (
		INSERT INTO canonical.sale_lines (organization_id, sale_id, line, product_id, description, quantity, unit_price, net, tax)
		SELECT $O, id, n, 1 + $N % 3, 'Line', 3, 50, 150, 15 FROM sale, generate_series(1, 2) AS n),
	 tax AS (
		INSERT INTO canonical.sale_line_taxes (organization_id, sale_id, line, position, tax_rate_id, name, percentage, amount)
		SELECT $O, id, n, 1, 1, 'Rate 1', 10, 15 FROM sale, generate_series(1, 2) AS n)
	 INSERT INTO canonical.sale_tenders (organization_id, sale_id, position, tender, amount) SELECT $O, id, 1, 'cash', 330 FROM sale`,
	`WITH sold AS (
		SELECT line.*, sale.store_id FROM canonical.sale_lines AS line JOIN canonical.sales AS sale ON sale.organization_id = $O AND sale.id = line.sale_id
		WHERE line.organization_id = $O AND sale.kind = 'sale' AND sale.voided_at IS NULL ORDER BY line.id % 11 = $N % 11 DESC, line.id DESC LIMIT 1),
	 refund AS (
		INSERT INTO canonical.sales (organization_id, store_id, kind, occurred_at, currency, amount, tax_rounding, refunded_sale_id)
		SELECT $O, store_id, 'refund', timestamptz '2026-03-03 00:00Z' + $N * interval '5 hours', 'AUD', 55, 'line', sale_id FROM sold RETURNING id),
	 line AS (
		INSERT INTO canonical.sale_lines (organization_id, sale_id, line, product_id, refunded_line_id, description, quantity, unit_price, net, tax)
		SELECT $O, refund.id, 1, sold.product_id, sold.id, 'Back', 1, 50, 50, 5 FROM refund, sold)
	 INSERT INTO canonical.sale_line_taxes (organization_id, sale_id, line, position, tax_rate_id, name, percentage, amount)
	 SELECT $O, id, 1, 1, 1, 'Rate 1', 10, 5 FROM refund`,
	`UPDATE canonical.sales SET voided_at = CASE WHEN voided_at IS NULL THEN now() END WHERE organization_id = $O AND kind = 'refund' AND id % 3 = $N % 3`,
	`UPDATE canonical.tills SET name = 'Till $N' WHERE organization_id = $O AND id = 1 + $N % 3`,
	`INSERT INTO canonical.till_sessions (organization_id, store_id, till_id, business_date, currency, opening_float)
	 SELECT organization_id, store_id, id, date '2026-03-01' + $N, 'AUD', $N FROM canonical.tills WHERE organization_id = $O AND id = 1 + $N % 3`,
	`INSERT INTO canonical.till_movements (organization_id, till_session_id, amount, reason, account_id)
	 SELECT organization_id, id, 1 + $N, 'Change', (SELECT max(id) FROM canonical.accounts WHERE organization_id = $O AND $N % 2 = 0 AND code = '6700')
	 FROM canonical.till_sessions WHERE organization_id = $O AND state <> 'closed' ORDER BY id DESC LIMIT 1`,
	`INSERT INTO canonical.sales (organization_id, store_id, till_id, till_session_id, booked_on, occurred_at, currency, amount)
	 SELECT organization_id, store_id, till_id, id, business_date, business_date + time '12:00', currency, 1 + $N
	 FROM canonical.till_sessions WHERE organization_id = $O AND state <> 'closed' ORDER BY id DESC LIMIT 1`,
	`WITH session AS (
		UPDATE canonical.till_sessions SET state = 'closed', closed_at = now()
		WHERE organization_id = $O AND id = (SELECT min(id) FROM canonical.till_sessions WHERE organization_id = $O AND state <> 'closed') RETURNING *)
	 SELECT canonical.close_day(organization_id, store_id, till_id, id, business_date, currency, 1, '', '[{"tender": "cash", "counted": $N, "denominations": [1], "pieces": [$N]}]') FROM session`,
	`WITH day AS (
		SELECT store_id, booked_on FROM canonical.sales AS sale
		WHERE organization_id = $O AND till_session_id IS NULL AND voided_at IS NULL AND currency = 'AUD' AND $N % 5 = 0 AND NOT EXISTS (
			SELECT FROM canonical.day_close_sales AS posted WHERE (posted.organization_id, posted.sale_id) = (sale.organization_id, sale.id) AND NOT reversed) LIMIT 1),
	 held AS (UPDATE canonical.stores SET external_ref = external_ref FROM day WHERE (organization_id, id) = ($O, day.store_id) RETURNING day.*)
	 SELECT canonical.close_day($O, store_id, NULL, NULL, booked_on, 'AUD', 1, '', '[]') FROM held`,
	`WITH reversed AS (
		UPDATE canonical.day_closes SET reversed_at = now()
		WHERE organization_id = $O AND id = (SELECT min(id) FROM canonical.day_closes WHERE organization_id = $O AND reversed_at IS NULL) RETURNING *),
	 posted AS (
		UPDATE canonical.day_close_sales AS posted SET reversed = true FROM reversed
		WHERE (posted.organization_id, posted.day_close_id) = (reversed.organization_id, reversed.id))
	 UPDATE canonical.till_sessions AS session SET state = 'reopened', closed_at = NULL FROM reversed
	 WHERE (session.organization_id, session.id) = (reversed.organization_id, reversed.till_session_id)`,
	`INSERT INTO canonical.day_parts (organization_id, store_id, valid, name, start_minute, length_minutes) VALUES ($O, 1 + $N % 3, '(,)', 'Part $N', $N * 25, 200)`,
	`DELETE FROM canonical.day_parts WHERE organization_id = $O AND start_minute % 3 = $N % 3`,
	`INSERT INTO canonical.store_hours (organization_id, store_id, valid, weekday, start_minute, length_minutes) VALUES ($O, 1 + $N % 3, '(,)', 1 + $N % 7, $N * 25, 600)`,
	`DELETE FROM canonical.store_hours WHERE organization_id = $O AND weekday = 1 + $N % 7`,
	`INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed) VALUES ($O, 1 + $N % 3, date '2026-03-01' + $N % 4, true)`,
	`DELETE FROM canonical.store_hour_exceptions WHERE organization_id = $O AND store_id = 1 + $N % 3`,
	`UPDATE canonical.tax_rates SET percentage = $N WHERE organization_id = $O AND id = 1 + $N % 2`,
	`UPDATE canonical.stores SET time_zone = (ARRAY['Pacific/Kiritimati', 'Pacific/Niue', 'UTC', 'Australia/Lord_Howe'])[1 + $N % 4] WHERE organization_id = $O AND id = 1 + $N % 2`,
	`UPDATE canonical.stores SET business_day_start_minute = $N WHERE organization_id = $O AND id = 1 + $N % 2`,
	`UPDATE canonical.day_parts SET length_minutes = 400 + $N WHERE organization_id = $O AND store_id = 1 + $N % 2 AND start_minute = 480`,
	`UPDATE canonical.day_parts SET store_id = store_id % 3 + 1, name = name || ' moved' WHERE organization_id = $O AND store_id = 1 + $N % 3 AND start_minute >= 960`,
	`INSERT INTO canonical.store_hours (organization_id, store_id, valid, weekday, start_minute, length_minutes) VALUES ($O, 1 + $N % 2, '(,)', 1 + $N % 7, $N, 720)`,
	`DELETE FROM canonical.store_hours WHERE organization_id = $O AND weekday = 1 + $N % 7`,
	`INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed) VALUES ($O, 1 + $N % 2, '2026-04-03'::date + $N % 4, true)`,
	`DELETE FROM canonical.store_hour_exceptions WHERE organization_id = $O AND on_date = '2026-04-03'::date + $N % 4`,
	`INSERT INTO canonical.shifts (organization_id, store_id, person_id, during) VALUES ($O, 1 + $N % 2, $P, tstzrange('2026-04-05 20:00+00'::timestamptz + $N * interval '1 hour', '2026-04-05 21:00+00'::timestamptz + $N * interval '1 hour'))`,
	`UPDATE canonical.shifts SET person_id = $P, store_id = 1 + $N % 2 WHERE organization_id = $O AND id = $I`,
	`UPDATE canonical.shifts SET during = tstzrange('2026-04-04 10:00+00'::timestamptz + $N * interval '1 hour', '2026-04-04 14:30+00'::timestamptz + $N * interval '1 hour') WHERE organization_id = $O AND id = $I`,
	`UPDATE canonical.shifts SET state = 'cancelled', cancelled_at = now(), person_id = NULL WHERE organization_id = $O AND id > 1000 AND state = 'draft' AND id % 5 = $N % 5`,
	`DELETE FROM canonical.shifts WHERE organization_id = $O AND id > 1000 AND state = 'draft' AND id % 7 = $N % 7`,
	`UPDATE canonical.memberships SET ended_at = CASE WHEN ended_at IS NULL THEN now() END WHERE organization_id = $O AND user_id = $P`,
	`INSERT INTO canonical.membership_stores (organization_id, user_id, store_id) VALUES ($O, $P, 1 + $N % 3) ON CONFLICT DO NOTHING`,
	`UPDATE canonical.membership_stores SET user_id = $P WHERE organization_id = $O AND store_id = 1 + $N % 3`,
	`DELETE FROM canonical.membership_stores WHERE organization_id = $O AND user_id = $P`,
	`UPDATE canonical.channels SET archived_at = CASE WHEN archived_at IS NULL THEN now() END, description = 'about $N' WHERE organization_id = $O AND id = 1 + $N % 3`,
	`INSERT INTO canonical.channels (organization_id, name) VALUES ($O, 'New $N')`,
	`INSERT INTO canonical.channel_members (organization_id, channel_id, user_id) VALUES ($O, 1 + $N % 3, $P) ON CONFLICT DO NOTHING`,
	`UPDATE canonical.channel_members SET channel_id = 1 + $N % 3 WHERE organization_id = $O AND id % 6 = $P % 6`,
	`DELETE FROM canonical.channel_members WHERE organization_id = $O AND user_id = $P AND channel_id = 1 + $N % 3`,
	`INSERT INTO canonical.notification_preferences (organization_id, user_id, type, delivery) VALUES ($O, $P, 'takings_low', 'in_app'), ($O, $P % 6 + 1, '*', 'mute')`,
	`INSERT INTO canonical.notification_preferences (organization_id, user_id, channel_id, type, delivery)
	 VALUES ($O, $P, 1 + $N % 3, 'takings_low', 'mute'), ($O, $P % 6 + 1, 1 + $N % 3, '*', 'mute')`,
	`UPDATE canonical.notification_preferences SET delivery = 'mute' WHERE organization_id = $O AND user_id = $P`,
	`UPDATE canonical.notification_preferences SET channel_id = CASE WHEN channel_id IS NULL THEN 1 + $N % 3 END WHERE organization_id = $O AND user_id = $P AND id % 3 = $N % 3`,
	`UPDATE canonical.notification_preferences SET user_id = $P % 6 + 1 WHERE organization_id = $O AND user_id = $P AND id % 2 = $N % 2`,
	`DELETE FROM canonical.notification_preferences WHERE organization_id = $O AND user_id = $P`,
	`INSERT INTO canonical.webhooks (organization_id, url, member_id, secret) VALUES ($O, 'https://example.com/$N', $P, convert_to(repeat('s', 32), 'UTF8'))`,
	`UPDATE canonical.webhooks SET description = 'Told $N' WHERE organization_id = $O AND id % 2 = $N % 2`,
	`INSERT INTO canonical.webhook_positions (organization_id, webhook_id, epoch, transaction, event_id)
	 SELECT organization_id, id, 1, '1', 1 FROM canonical.webhooks WHERE organization_id = $O
	 ON CONFLICT (organization_id, webhook_id) DO UPDATE SET event_id = webhook_positions.event_id + 1, events_lost_at = now()`,
	`INSERT INTO canonical.webhook_deliveries (organization_id, webhook_id, event_id, occurred_at, action, relation, fields, event_text, state)
	 SELECT organization_id, id, $N, now(), 'update', 'people', '{}', 'Told', 'pending' FROM canonical.webhooks WHERE organization_id = $O ON CONFLICT DO NOTHING`,
	`UPDATE canonical.webhook_deliveries SET state = 'delivered', delivered_at = now() WHERE organization_id = $O AND event_id % 3 = $N % 3`,
	`DELETE FROM canonical.webhook_deliveries WHERE organization_id = $O AND event_id % 4 = $N % 4`,
	`INSERT INTO canonical.notifications (organization_id, user_id, way, occasion, type, text, occurred_at, state)
	 VALUES ($O, $P, 'in_app', 'Occasion $N', 'bill_due', 'Told', now(), 'shown') ON CONFLICT DO NOTHING`,
	`UPDATE canonical.notifications SET read_at = CASE WHEN read_at IS NULL THEN now() END WHERE organization_id = $O AND user_id = $P`,
	`DELETE FROM canonical.notifications WHERE organization_id = $O AND user_id = $P AND $N % 4 = 0`,
	copyPeople,
	`TRUNCATE canonical.addresses`,
}

// copyPeople is the operation that writes by COPY.
const copyPeople = "COPY canonical.people FROM STDIN"
