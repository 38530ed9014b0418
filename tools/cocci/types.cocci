// A struct is called struct: no typedef hides that a value has parts.
@hidden@
identifier name;
type alias;
position at;
@@
(
typedef@at struct name alias;
|
typedef@at struct name { ... } alias;
|
typedef@at struct { ... } alias;
|
typedef@at union name alias;
)

@script:python@
at << hidden.at;
alias << hidden.alias;
@@
print(f'{at[0].file}:{at[0].line}: types: {alias} hides a struct; write struct NAME.')
