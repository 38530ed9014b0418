-- Who buys, and who is signed in. Passwords are stored as salted bcrypt digests only.
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
