package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"trailsift/model"
)

// settler decides what the records of a case say about each other. Everything is computed from all
// records anew and only differences are written, so settling twice is settling once.
type settler struct {
	conn     *sql.Conn // temporary tables belong to one connection
	contents model.Contents
	progress *model.Progress
	unread   int64 // candidates whose bytes could not be had
}

// Settle marks duplicates and conflicts, joins the two logs and rebuilds the object list. Contents
// gives bytes back where hashes do not decide; records it cannot read stay apart. Progress may be
// nil.
func (c *Case) Settle(ctx context.Context, contents model.Contents, progress *model.Progress) error {
	return c.settle(ctx, contents, progress, nil, hooks{})
}

// SetIntegrity gives members their badges and settles again, since a better badge may win.
func (c *Case) SetIntegrity(ctx context.Context, badges map[model.MemberID]model.Integrity, contents model.Contents, progress *model.Progress) error {
	if badges == nil {
		badges = map[model.MemberID]model.Integrity{}
	}
	return c.settle(ctx, contents, progress, badges, hooks{})
}

// hooks are what else is written with the badges, before anything is settled and when all is.
type hooks struct {
	before, after func(ctx context.Context, h *handle) error
}

func (c *Case) settle(ctx context.Context, contents model.Contents, progress *model.Progress, badges map[model.MemberID]model.Integrity, also hooks) (err error) {
	h, end, err := c.beginWrite(ctx, c.threads())
	if err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	defer func() {
		if e := end(); e != nil || err != nil {
			err = fmt.Errorf("settle: %w", errors.Join(err, e))
		}
	}()
	if err := setFact(ctx, h.db, factSettled, ""); err != nil {
		return err
	}
	if also.before != nil {
		if err := also.before(ctx, h); err != nil {
			return err
		}
	}
	conn, err := h.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	s := &settler{conn: conn, contents: contents, progress: progress}
	if err := s.badge(ctx, badges); err != nil {
		return err
	}
	steps := []struct {
		stage string
		run   func(context.Context) error
	}{
		{"settling: badges", s.integrity},
		{"settling: repeated CloudTrail records", s.cloudTrailDuplicates},
		{"settling: repeated access-log lines", s.accessDuplicates},
		{"settling: members", s.memberCounts},
		{"settling: joining the two logs", s.join},
		{"settling: objects", s.objects},
		{"settling: hours", s.hours},
	}
	for _, step := range steps {
		if progress != nil {
			progress.Stage.Store(step.stage)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step.run(ctx); err != nil {
			return err
		}
	}
	if also.after != nil {
		if err := also.after(ctx, h); err != nil {
			return err
		}
	}
	if err := setFact(ctx, h.db, factSettled, "true"); err != nil {
		return err
	}
	act := "settle"
	if badges != nil {
		act = "badges"
	}
	return c.recordChange(ctx, h.db, act, map[string]any{"badges": len(badges), "not_compared": s.unread})
}

// Settled tells that nothing was loaded since the case was settled.
func (c *Case) Settled(ctx context.Context) (bool, error) {
	text, err := c.Fact(ctx, factSettled)
	return text == "true", err
}

// do runs statements one after the other.
func (s *settler) do(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if _, err := s.conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", firstLine(statement), err)
		}
	}
	return nil
}

func firstLine(s string) string {
	for i := range len(s) {
		if s[i] == '\n' {
			return s[:i]
		}
	}
	return s
}

// badge writes the badges a verification found into the members.
func (s *settler) badge(ctx context.Context, badges map[model.MemberID]model.Integrity) error {
	if len(badges) == 0 {
		return nil
	}
	if err := s.do(ctx, `create or replace temp table badge (member bigint, integrity utinyint)`); err != nil {
		return err
	}
	// Two lists as texts: a statement with a parameter for each number takes longer than all it does.
	const most = 1 << 20 // bytes of a list
	var ids, values []byte
	flush := func() error {
		_, err := s.conn.ExecContext(ctx, `insert into badge select unnest(cast(? as bigint[])), unnest(cast(? as utinyint[]))`,
			"["+string(ids)+"]", "["+string(values)+"]")
		ids, values = ids[:0], values[:0]
		return err
	}
	for id, badge := range badges {
		if len(ids) > most {
			if err := flush(); err != nil {
				return err
			}
		}
		if len(ids) > 0 {
			ids, values = append(ids, ','), append(values, ',')
		}
		ids, values = strconv.AppendInt(ids, int64(id), 10), strconv.AppendUint(values, uint64(badge), 10)
	}
	if err := flush(); err != nil {
		return err
	}
	return s.do(ctx, `update members set integrity = b.integrity from badge b
		where members.member = b.member and members.integrity <> b.integrity`, `drop table badge`)
}

// integrity carries the members' badges to their records. CloudTrail members in a form that is never
// delivered, and every other kind, have none to be had.
func (s *settler) integrity(ctx context.Context) error {
	return s.do(ctx,
		fmt.Sprintf(`update members set integrity = case when kind = 'cloudtrail' and delivered then %d else %d end where integrity = 0`,
			model.NotChecked, model.IntegrityNA),
		`update ct_events set integrity = m.integrity from members m
			where m.member = ct_events.member and m.integrity <> ct_events.integrity`)
}

// memberCounts tells each member how many of its records are duplicates.
func (s *settler) memberCounts(ctx context.Context) error {
	return s.do(ctx, `create or replace temp table repeated as
			select member, count(*) n from (select member from ct_events where dup = 1 union all select member from al_events where dup = 1)
			group by member`,
		`update members set duplicate = 0 where duplicate <> 0 and member not in (select member from repeated)`,
		`update members set duplicate = r.n from repeated r where r.member = members.member and r.n <> members.duplicate`,
		`drop table repeated`)
}

// objects lists the objects over every request that counts, and says what the list is good for.
func (s *settler) objects(ctx context.Context) error {
	const of = `select obj64, top16, bucket, key, outcome, bytes_out, bytes_in, time from %s where key is not null and dup = 0 and fold = 0%s`
	if err := s.do(ctx, `begin transaction`, `delete from objects`,
		`insert into objects
		select obj64, min(top16), coalesce(bucket, ''), key, count(*), count(*) filter (outcome in (2, 3)),
			coalesce(sum(bytes_out), 0), coalesce(sum(bytes_in), 0), min(time), max(time)
		from (`+fmt.Sprintf(of, cloudTrailTable, ` and category in (1, 2)`)+` union all `+fmt.Sprintf(of, accessTable, ``)+`)
		group by obj64, bucket, key`,
		`drop table if exists tops`, topsSQL, `insert into tops select top16, min(folder), min(folder) = max(folder) from (
			select top16, case when contains(key, '/') then split_part(key, '/', 1) || '/' else key end as folder from objects) group by top16`,
		`commit`); err != nil {
		return err
	}
	var value string
	row := s.conn.QueryRowContext(ctx, `select case when count(*) <> count(distinct obj64) then '`+objectsCollide+`'
		when 2 * count(*) > coalesce(sum(requests), 0) then '`+objectsDiffer+`' else '`+objectsRepeat+`' end from objects`)
	if err := row.Scan(&value); err != nil {
		return fmt.Errorf("look over the objects: %w", err)
	}
	return setFact(ctx, s.conn, factObjects, value)
}

// hours adds up the records of every clock hour and of every kind, for saying what the evidence covers
// and for counting without looking at each.
func (s *settler) hours(ctx context.Context) error {
	// date_trunc would take twice the time.
	const hour, dated = `epoch_us(time) // 3600000000`, `make_timestamp(h * 3600000000)`
	if err := s.do(ctx, `begin transaction`, `drop table if exists hours`, `drop table if exists kinds`, `drop table if exists acts`,
		hoursSQL, kindsSQL, actsSQL,
		`insert into hours select 1, account, bucket, `+dated+`, category, fold, integrity, outcome, n, a, b from (
			select account, bucket, `+hour+` h, category, fold, integrity, outcome, count(*) n, min(time) a, max(time) b
			from ct_events where dup = 0 group by all)`,
		`insert into hours select 2, null, bucket, `+dated+`, 1, fold, integrity, outcome, n, a, b from (
			select bucket, `+hour+` h, fold, integrity, outcome, count(*) n, min(time) a, max(time) b
			from al_events where dup = 0 group by all)`,
		`insert into kinds select 1, category, fold, integrity, bucket, op, outcome, enc, witness, count(*) from ct_events where dup = 0 group by all`,
		`insert into kinds select 2, 1, fold, integrity, bucket, op, outcome, enc, witness, count(*) from al_events where dup = 0 group by all`,
		`insert into acts select 1, `+dated+`, category, fold, integrity, op, outcome, enc, witness, n, a, b from (
			select `+hour+` h, category, fold, integrity, op, outcome, enc, witness, count(*) n, min(time) a, max(time) b
			from ct_events where dup = 0 group by all)`,
		`insert into acts select 2, `+dated+`, 1, fold, integrity, op, outcome, enc, witness, n, a, b from (
			select `+hour+` h, fold, integrity, op, outcome, enc, witness, count(*) n, min(time) a, max(time) b
			from al_events where dup = 0 group by all)`,
		`commit`); err != nil {
		return err
	}
	return setFact(ctx, s.conn, factHours, hoursLayout)
}
