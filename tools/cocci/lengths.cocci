// A length is taken once: strlen in the condition of a loop makes it quadratic.
@counted@
expression text, begin, step;
statement body;
identifier i;
type t;
position at;
@@
(
while (<+... strlen@at(text) ...+>) body
|
for (begin; <+... strlen@at(text) ...+>; step) body
|
for (t i = begin; <+... strlen@at(text) ...+>; step) body
)

@script:python@
at << counted.at;
@@
print(f'{at[0].file}:{at[0].line}: lengths: strlen in the condition of a loop; take the length before it.')
