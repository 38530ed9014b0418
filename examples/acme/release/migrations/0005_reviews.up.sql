-- Customers may say what they think of a product.
CREATE TABLE reviews (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id  bigint NOT NULL REFERENCES products,
    customer_id bigint NOT NULL REFERENCES customers,
    stars       smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
    words       text NOT NULL DEFAULT '',
    written_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reviews_by_product ON reviews (product_id, written_at);
