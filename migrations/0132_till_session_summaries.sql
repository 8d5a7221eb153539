-- A session of a till with its movements of cash, and its live close.

-- +goose Up
CREATE VIEW source.till_session_summaries AS
SELECT session.organization_id, session.id AS till_session_id, 'TillSession'::text AS canonical_type, session.id AS canonical_id,
       session.version, session.store_id, session.till_id, session.business_date, upper(session.state) AS state, session.currency,
       canonical.major(session.opening_float, session.currency) AS opening_float, moved.movements, close.id AS day_close_id,
       session.opened_at, session.closed_at, session.created_at, session.updated_at
FROM canonical.till_sessions AS session
CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(jsonb_build_object('amount', jsonb_build_object('amount', canonical.major(movement.amount, session.currency), 'currency', session.currency),
               'reason', movement.reason, 'accountId', 'Account:' || movement.account_id::text, 'at', movement.created_at) ORDER BY movement.id), '[]') AS movements
    FROM canonical.till_movements AS movement
    WHERE movement.organization_id = session.organization_id AND movement.till_session_id = session.id) AS moved
LEFT JOIN canonical.day_closes AS close ON close.organization_id = session.organization_id AND close.till_session_id = session.id AND close.reversed_at IS NULL;

SELECT engine.create_projection('till_session_summaries', 'table', '{organization_id,till_session_id}');
CREATE INDEX till_session_summaries_business_date_idx ON projection.till_session_summaries (organization_id, business_date, till_session_id);
CREATE INDEX till_session_summaries_store_idx ON projection.till_session_summaries (organization_id, store_id, business_date, till_session_id);
CREATE INDEX till_session_summaries_till_idx ON projection.till_session_summaries (organization_id, till_id, business_date, till_session_id);
-- What is not closed is little, and is found without reading the rest.
CREATE INDEX till_session_summaries_state_idx ON projection.till_session_summaries (organization_id, state, business_date, till_session_id);

SELECT engine.declare_grain('till_session_summaries', 'close', '{organization_id,close_session_id}', 'SELECT m.close_session_id AS till_session_id', few => true);
SELECT engine.track('till_session_summaries', 'canonical.till_sessions', 'key', '{organization_id,id}');
SELECT engine.track('till_session_summaries', 'canonical.till_movements', 'key', '{organization_id,till_session_id}');
SELECT engine.track('till_session_summaries', 'canonical.day_closes', 'close', '{organization_id,till_session_id}', relevant => 'till_session_id IS NOT NULL');
