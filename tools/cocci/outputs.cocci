// Fail in one way: on failure the outputs are untouched, so an output is written when nothing can fail any more.
@written exists@
symbol false;
identifier f, member, err;
identifier out =~ "^out_";
expression value;
position at, fails;
type result;
@@
result f(..., struct err *err)
{
... when any
(
  *out@at = value
|
  out->member@at = value
)
... when any
(
return@fails err_set(err, ...);
|
return@fails false;
)
... when any
}

@script:python@
at << written.at;
fails << written.fails;
out << written.out;
@@
print(f'{at[0].file}:{at[0].line}: outputs: {out} is written before line {fails[0].line} fails; write outputs last.')
