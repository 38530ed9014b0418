-- A catalogue and customers to begin with. Customer N signs in with the password "correct horse N".
INSERT INTO products (name, description, price_cents, stock)
SELECT kind || ' ' || size,
       'A ' || lower(size) || ' ' || lower(kind) || ', made by Acme and tested on a cliff.',
       (100 + 37 * row_number() OVER (ORDER BY kind, size)) * 10,
       1000000000
FROM unnest(ARRAY['Anvil', 'Rocket skates', 'Portable hole', 'Giant magnet', 'Bird seed',
                  'Spring boots', 'Dehydrated boulders', 'Tornado kit']) AS kind,
     unnest(ARRAY['Small', 'Medium', 'Large']) AS size;

INSERT INTO customers (email, password)
SELECT 'customer' || n || '@acme.example', crypt('correct horse ' || n, gen_salt('bf', 4))
FROM generate_series(1, 50) AS n;
