// Speak once: what failed has said its sentence; who called it may add to it, never replace it.
@replaced@
identifier f, err;
position at;
@@
(
  if (<+... !f(..., err) ...+>) { ... return err_set@at(err, ...); }
|
  if (<+... !f(..., err) ...+>) return err_set@at(err, ...);
|
  f(..., err) || err_set@at(err, ...)
)

@script:python@
at << replaced.at;
f << replaced.f;
@@
print(f'{at[0].file}:{at[0].line}: errors: The error of {f} is replaced; hand it on, or ask {f} for no error.')
