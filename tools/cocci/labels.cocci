// goto goes forward only, to the end of its function.
@back exists@
identifier label;
position at;
@@
label:
... when any
goto@at label;

@script:python@
at << back.at;
label << back.label;
@@
print(f'{at[0].file}:{at[0].line}: labels: goto {label} goes back; write a loop.')
