-- The schema as the migrations leave it, in one piece for reading and for an empty database.
-- tests/e2e compares the two.

CREATE TABLE products (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    description text NOT NULL,
    price_cents bigint NOT NULL CHECK (price_cents > 0),
    stock       bigint NOT NULL CHECK (stock >= 0)
);

CREATE EXTENSION IF NOT EXISTS pgcrypto;

CREATE TABLE customers (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email    text NOT NULL UNIQUE,
    password text NOT NULL
);

CREATE TABLE sessions (
    token       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
    started_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    product_id  bigint NOT NULL REFERENCES products,
    quantity    bigint NOT NULL CHECK (quantity BETWEEN 1 AND 100),
    total_cents bigint NOT NULL CHECK (total_cents > 0),
    placed_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX orders_by_customer ON orders (customer_id, placed_at);

CREATE TABLE data_requests (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id  bigint NOT NULL REFERENCES customers,
    kind         text NOT NULL CHECK (kind IN ('access', 'rectification', 'erasure', 'portability')),
    received_at  timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz
);
