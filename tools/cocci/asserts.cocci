// An assertion may be compiled out (the coverage build does), so it computes nothing that is needed and changes nothing.
@changing@
expression left, right;
identifier f !~ "(^|_)(equal|is|starts|ends|valid|strlen|strcmp|memcmp|find_byte|before|count)$";
position at;
@@
(
assert@at(<+... left = right ...+>);
|
assert@at(<+... left += right ...+>);
|
assert@at(<+... left -= right ...+>);
|
assert@at(<+... left++ ...+>);
|
assert@at(<+... left-- ...+>);
|
assert@at(<+... ++left ...+>);
|
assert@at(<+... --left ...+>);
|
assert@at(<+... f(...) ...+>);
)

@script:python@
at << changing.at;
@@
print(f'{at[0].file}:{at[0].line}: asserts: An assertion only looks; do its work before it.')
