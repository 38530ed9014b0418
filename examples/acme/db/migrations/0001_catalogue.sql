-- What the shop sells.
CREATE TABLE products (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    description text NOT NULL,
    price_cents bigint NOT NULL CHECK (price_cents > 0),
    stock       bigint NOT NULL CHECK (stock >= 0)
);
