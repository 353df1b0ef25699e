package store

import (
	"context"
	"fmt"

	"trailsift/model"
)

// calls marks the events that each tell of one key of a multi-object delete: CloudTrail writes them with
// the call's own request id, which no two calls share. The call is known by its record, by another key's
// or by its lines in the access log; two conflicting records of one key are no call for many.
func (s *settler) calls(ctx context.Context) error {
	return s.do(ctx, change(cloudTrailTable, fmt.Sprintf(`select c.rowid rid, m.req64 is not null part from ct_events c
		left join (
			select req64 from ct_events where service = 's3' and op in ('DeleteObject', 'DeleteObjects') and dup = 0 and req64 is not null
			group by req64 having count(*) > 1 and (bool_or(op = 'DeleteObjects') or min(obj64) <> max(obj64))
			union select req64 from al_events where (op = 'DeleteObjects' or op_raw = 'BATCH.DELETE.OBJECT') and dup = 0 and req64 is not null
		) m on m.req64 = c.req64
		where c.service = 's3' and c.op = 'DeleteObject' and (m.req64 is not null or %s)`, partOfCall),
		assignment{"flags", marked("flags", model.FlagPartOfCall, "part")}))
}

// partOfCall is a CloudTrail record so marked. The first half is what row groups are passed over by.
var partOfCall = fmt.Sprintf("(flags >= %[1]s and flags & %[1]s <> 0)", mask(model.FlagPartOfCall))
