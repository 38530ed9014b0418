-- Requests of customers for their own data, as the runbook's "Customer Data Requests" logs them.
CREATE TABLE data_requests (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id  bigint NOT NULL REFERENCES customers,
    kind         text NOT NULL CHECK (kind IN ('access', 'rectification', 'erasure', 'portability')),
    received_at  timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz
);
