import { Link, useCreatePath, useRecordContext, useResourceContext, useResourceDefinition } from 'react-admin';

/** A field of a row as a link to the record's page: a click anywhere in a row opens it too, but a keyboard needs something to stop at. */
export function RecordLink({ source }: { readonly source: string }) {
  const createPath = useCreatePath();
  const resource = useResourceContext();
  const record = useRecordContext();
  const { hasShow } = useResourceDefinition();
  if (resource === undefined || record === undefined) return null;
  const text: unknown = record[source];
  return <Link to={createPath({ resource, id: record.id, type: hasShow === true ? 'show' : 'edit' })}>{String(text)}</Link>;
}
