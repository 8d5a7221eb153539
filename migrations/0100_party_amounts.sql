-- What is open with a party in a currency and a store, 0 for the office, and how many invoices it has there: a sum of the amounts
-- of documents and payments, in minor units. Whoever shows a party reads it.

-- +goose Up
SELECT engine.create_sum('party_amounts', 'Person', 'party_id', '{organization_id,party_id,currency,store_id}', ARRAY[
    ['canonical.document_amounts', $$
        SELECT organization_id, party_id, currency, store_id,
               CASE WHEN kind = 'invoice' AND state <> 'void' THEN 1 ELSE 0 END::bigint AS invoice_count,
               CASE kind WHEN 'invoice' THEN due ELSE 0 END AS receivable,
               CASE kind WHEN 'credit_note' THEN due ELSE 0 END AS unapplied_credits,
               CASE kind WHEN 'bill' THEN due ELSE 0 END AS payable,
               CASE kind WHEN 'vendor_credit_note' THEN due ELSE 0 END AS unapplied_vendor_credits,
               0::bigint AS unallocated_in, 0::bigint AS unallocated_out
        FROM changed$$],
    -- A customer's payment is the customer's credit, a payment to a vendor ours; a payment in the other direction reduces it.
    ['canonical.payment_amounts', $$
        SELECT organization_id, party_id, currency, store_id, 0::bigint AS invoice_count, 0::bigint AS receivable, 0::bigint AS unapplied_credits, 0::bigint AS payable,
               0::bigint AS unapplied_vendor_credits,
               CASE party_role WHEN 'customer' THEN CASE direction WHEN 'in' THEN unallocated ELSE -unallocated END ELSE 0 END AS unallocated_in,
               CASE party_role WHEN 'vendor' THEN CASE direction WHEN 'out' THEN unallocated ELSE -unallocated END ELSE 0 END AS unallocated_out
        FROM changed$$]]);
