-- What was bought, at the price of that moment.
CREATE TABLE orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    product_id  bigint NOT NULL REFERENCES products,
    quantity    bigint NOT NULL CHECK (quantity BETWEEN 1 AND 100),
    total_cents bigint NOT NULL CHECK (total_cents > 0),
    placed_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX orders_by_customer ON orders (customer_id, placed_at);
