import { Link, useCreatePath, useRecordContext, useResourceContext } from 'react-admin';

/** A field of a row as a link to the record's page: a click anywhere in a row opens it too, but a keyboard needs something to stop at. */
export function RecordLink({ source }: { readonly source: string }) {
  const createPath = useCreatePath();
  const resource = useResourceContext();
  const record = useRecordContext();
  if (resource === undefined || record === undefined) return null;
  const text: unknown = record[source];
  return <Link to={createPath({ resource, id: record.id, type: 'edit' })}>{String(text)}</Link>;
}
