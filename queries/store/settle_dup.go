package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"trailsift/model"
)

// badgeRank orders members by what is known about them, the best first: of equal records the one
// from the best member is kept.
const badgeRank = `case m.integrity when 1 then 0 when 6 then 1 when 7 then 2 when 5 then 3 when 4 then 4 when 8 then 5 when 3 then 6 when 2 then 7 else 8 end`

// cloudTrailDuplicates finds records with one event id. Equal bytes, or equal JSON, are one record;
// anything else is a conflict, in which the first one stays, and every one that does not say the same.
func (s *settler) cloudTrailDuplicates(ctx context.Context) error {
	// A semi-join of the table with itself finds what stands there twice in half the time of a
	// GROUP BY with a HAVING, and however often one id repeats, no row of it is compared with more
	// than the next one.
	const twice = `select e.rowid rid, e.event_id, e.event_text, e.rec64, e.len, e.member, e.record, e.off
		from ct_events e semi join ct_events o on o.%[1]s = e.%[1]s and o.rowid <> e.rowid`
	if err := s.do(ctx, `create or replace temp table want as
		select rid, member, record, rec64, len, "rank", (row_number() over w > 1) loser, false clash, first_value(rid) over w winner,
			first_value(rec64) over w <> rec64 or first_value(len) over w <> len differs
		from (select p.*, `+badgeRank+` as "rank" from (`+fmt.Sprintf(twice, "event_id")+` union all `+fmt.Sprintf(twice, "event_text")+`) p
			join members m on m.member = p.member)
		window w as (partition by event_id, event_text order by "rank", member, record)`,
	); err != nil {
		return err
	}
	conflicts, err := s.compare(ctx, `select rid, winner from want where differs`, cloudTrailTable, sameEvent)
	if err != nil {
		return err
	}
	if err := s.mark(ctx, conflicts); err != nil {
		return err
	}
	if err := s.do(ctx, `update want set clash = true where winner in (select winner from want join unequal using (rid))`); err != nil {
		return err
	}
	if err := s.sortOut(ctx, conflicts); err != nil {
		return err
	}
	return s.do(ctx, flagUpdate(cloudTrailTable), `drop table want`, `drop table unequal`)
}

// mostContents bounds how many different records of one event id are told apart; all further ones stay.
const mostContents = 8

// sortOut compares the records that do not say what the first one of their id says with each other:
// a copy of one of them is no further record.
func (s *settler) sortOut(ctx context.Context, conflicts []int64) error {
	for round := 0; len(conflicts) > 0; round++ {
		if round == mostContents {
			return s.do(ctx, `update want set loser = false where rid in (select rid from unequal)`)
		}
		if err := s.do(ctx, `update want set loser = n.loser, winner = n.winner, differs = n.differs from (
			select rid, row_number() over w > 1 loser, first_value(rid) over w winner, first_value(rec64) over w <> rec64 or first_value(len) over w <> len differs
			from want where rid in (select rid from unequal) window w as (partition by winner order by "rank", member, record)
		) n where n.rid = want.rid`); err != nil {
			return err
		}
		var err error
		if conflicts, err = s.compare(ctx, `select rid, winner from want where differs and rid in (select rid from unequal)`, cloudTrailTable, sameEvent); err != nil {
			return err
		}
		if err := s.mark(ctx, conflicts); err != nil {
			return err
		}
	}
	return nil
}

// accessDuplicates finds identical lines: candidates by request id, hash and length, then bytes.
// Where the two stand at one offset of members with equal content, SHA-256 has compared them. The
// lines that share a request id with another stay in the table shared, for the join of the logs.
func (s *settler) accessDuplicates(ctx context.Context) error {
	if err := s.do(ctx, `create or replace temp table shared as
		select e.rowid rid, e.req64 from al_events e semi join al_events o on o.req64 = e.req64 and o.rowid <> e.rowid`,
		`create or replace temp table want as
		select rid, loser, false clash, winner, member, record, loser and not (sha = winner_sha and off = winner_off) differs
		from (select e.rowid rid, e.member, e.record, e.off, m.sha256_content sha, (row_number() over w > 1) loser,
				first_value(e.rowid) over w winner, first_value(m.sha256_content) over w winner_sha, first_value(e.off) over w winner_off
			from al_events e join members m on m.member = e.member
			where e.rowid in (select rid from shared) or e.req64 is null
			window w as (partition by e.rec64, e.len, e.req64 order by `+badgeRank+`, e.member, e.record)
			qualify count(*) over (partition by e.rec64, e.len, e.req64) > 1)`); err != nil {
		return err
	}
	unequal, err := s.compare(ctx, `select rid, winner from want where differs order by winner, member, record`, accessTable, bytes.Equal)
	if err != nil {
		return err
	}
	if err := s.mark(ctx, unequal); err != nil {
		return err
	}
	return s.do(ctx, `update want set loser = false where rid in (select rid from unequal)`,
		flagUpdate(accessTable), `drop table want`, `drop table unequal`)
}

// flagUpdate writes dup and its flags where they differ from the table want.
func flagUpdate(table string) string {
	return fmt.Sprintf(`update %[1]s set dup = c.dup, flags = c.flags from (
		select rid, dup, flags from (
			select e.rowid rid, e.dup was_dup, e.flags was_flags, coalesce(w.loser, false)::utinyint dup,
				(e.flags & ~%[2]d::uinteger) | case when w.loser then %[3]d else 0 end::uinteger | case when w.clash then %[4]d else 0 end::uinteger flags
			from %[1]s e left join want w on w.rid = e.rowid
			where w.rid is not null or e.dup <> 0 or e.flags & %[2]d <> 0
		) where dup <> was_dup or flags <> was_flags
	) c where c.rid = %[1]s.rowid`, table, model.FlagDuplicate|model.FlagConflict, model.FlagDuplicate, model.FlagConflict)
}

// mark keeps rows that turned out not to be the same in the table unequal.
func (s *settler) mark(ctx context.Context, rids []int64) error {
	if err := s.do(ctx, `create or replace temp table unequal (rid bigint)`); err != nil {
		return err
	}
	const batch = 1000
	for some := range slices.Chunk(rids, batch) {
		values := make([]string, len(some))
		for i, rid := range some {
			values[i] = fmt.Sprintf("(%d)", rid)
		}
		if err := s.do(ctx, `insert into unequal values `+strings.Join(values, ",")); err != nil {
			return err
		}
	}
	return nil
}

type place struct {
	member model.MemberID
	off    int64
	len    int
}

// compare reads the pairs (row, winner) that query gives and returns the rows whose bytes are not
// the same as their winner's, or could not be had.
func (s *settler) compare(ctx context.Context, query, table string, same func(a, b []byte) bool) ([]int64, error) {
	rows, err := s.conn.QueryContext(ctx, `select p.rid, e.member, e.off, e.len, w.member, w.off, w.len
		from (`+query+`) p join `+table+` e on e.rowid = p.rid join `+table+` w on w.rowid = p.winner
		order by e.member, w.member, e.off`)
	if err != nil {
		return nil, fmt.Errorf("list records to compare: %w", err)
	}
	type pair struct {
		rid  int64
		a, b place
	}
	var pairs []pair
	for rows.Next() {
		var p pair
		if err := rows.Scan(&p.rid, &p.a.member, &p.a.off, &p.a.len, &p.b.member, &p.b.off, &p.b.len); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		pairs = append(pairs, p)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	r := &rereader{s: s, members: map[model.MemberID]model.Member{}}
	var unequal []int64
	for _, p := range pairs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		a, errA := r.bytes(ctx, p.a)
		b, errB := r.bytes(ctx, p.b)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if errA != nil || errB != nil {
			s.unread++
		}
		if errA != nil || errB != nil || !same(a, b) {
			unequal = append(unequal, p.rid)
		}
	}
	return unequal, nil
}

// rereader keeps the two members read last, since pairs come sorted by member.
type rereader struct {
	s       *settler
	members map[model.MemberID]model.Member
	held    [2]struct {
		id   model.MemberID
		body []byte
		err  error
	}
	turn int
}

var errNoContents = errors.New("the evidence is not at hand")

func (r *rereader) bytes(ctx context.Context, p place) ([]byte, error) {
	i := 0
	for i = range r.held {
		if r.held[i].id == p.member {
			break
		}
	}
	if h := &r.held[i]; h.id != p.member {
		h = &r.held[r.turn]
		i, r.turn = r.turn, 1-r.turn
		h.id = p.member
		h.body, h.err = r.read(ctx, p.member)
	}
	h := r.held[i]
	if h.err != nil {
		return nil, h.err
	}
	if p.off < 0 || p.off+int64(p.len) > int64(len(h.body)) {
		return nil, model.ErrChanged
	}
	r.turn = 1 - i
	return h.body[p.off : p.off+int64(p.len)], nil
}

// read gives a whole member: its records to compare are usually many, and Range reads it whole
// anyway.
func (r *rereader) read(ctx context.Context, id model.MemberID) ([]byte, error) {
	if r.s.contents == nil {
		return nil, errNoContents
	}
	m, err := memberByID(ctx, r.s.conn, id)
	if err != nil {
		return nil, err
	}
	return r.s.contents.Range(ctx, m, 0, int(m.SizeContent))
}

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// memberByID reads what is needed to find a member's bytes again.
func memberByID(ctx context.Context, q queryer, id model.MemberID) (model.Member, error) {
	m := model.Member{ID: id}
	var file, content, path, entry []byte
	err := q.QueryRowContext(ctx, `select locator, name, path, entry, path_raw, entry_raw, part, part_offset, kind, form,
		sha256_file, sha256_content, size_file, size_content, gzip from members where member = ?`, int64(id)).Scan(
		&m.Locator, &m.Name, &m.Path, &m.Entry, &path, &entry, &m.Part, &m.PartOffset, &m.Kind, &m.Form,
		&file, &content, &m.SizeFile, &m.SizeContent, &m.Gzip)
	if err != nil {
		return m, fmt.Errorf("find member %d: %w", id, err)
	}
	if path != nil {
		m.Path = string(path)
	}
	if entry != nil {
		m.Entry = string(entry)
	}
	copy(m.SHA256File[:], file)
	copy(m.SHA256Content[:], content)
	return m, nil
}
