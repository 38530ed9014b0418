// What ends with its scope is not ended by hand: it would be ended twice, the second time perhaps another's.
@twice exists@
typedef FD_SCOPED, SECRET_SCOPED, TRANSFER_SCOPED, EXCHANGE_SCOPED;
identifier handle;
identifier end =~ "(^|_)(close|wipe|done|free)$";
expression value;
position at;
@@
(
FD_SCOPED handle = value;
|
SECRET_SCOPED handle;
|
TRANSFER_SCOPED handle;
|
TRANSFER_SCOPED handle = value;
|
EXCHANGE_SCOPED handle;
)
... when any
(
end@at(handle)
|
end@at(&handle)
)

@script:python@
at << twice.at;
end << twice.end;
handle << twice.handle;
@@
print(f'{at[0].file}:{at[0].line}: scoped: {handle} ends with its scope; take {end} out.')
