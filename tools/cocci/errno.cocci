// errno belongs to the call that failed: a cleanup whose result is thrown away may have changed it since.
@kept@
symbol errno;
expression value;
position at;
@@
errno@at = value

@late exists@
identifier cleanup =~ "^(close|unlink|unlinkat|munmap|close_fd)$";
identifier other !~ "^(strerror|strerrordesc_np|err_set)$";
expression value;
position at != kept.at;
@@
  (void)cleanup(...);
... when != errno = value
    when != other(...)
  errno@at

@script:python@
at << late.at;
cleanup << late.cleanup;
@@
print(f'{at[0].file}:{at[0].line}: errno: errno is read after {cleanup}, which may have changed it; say the error first.')
