package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"trailsift/model"
)

// Facts the store itself keeps.
const (
	factFormat  = "format"
	factID      = "id"       // of the case, in hex
	factSettled = "settled"  // "true", or what has not been settled yet
	factLoading = "loading"  // not empty while a load runs
	factLedger  = "ledger"   // the ledger line of the last act that changed the database
	factReport  = "report"   // the last verification's report, as JSON
	factCounts  = "verified" // its counts, model.Verification as JSON
	factObjects = "objects"  // what the settler found of the table of objects, see below
	factHours   = "hours"    // "true" when the table of hours is there
	// FactWindow is the incident window, two RFC 3339 times joined by a slash.
	FactWindow = "window"
	// FactTraces lists the buckets whose reader was told of the traces that reading leaves, as a JSON array.
	FactTraces = "traces"
	// FactAnswers lists the files of AWS's answers with their SHA-256, as a JSON object.
	FactAnswers = "answers"
	// FactSources lists the local files and folders that were loaded, absolute, as a JSON array.
	FactSources = "sources"
	// FactWishes lists what the case was asked to load and how, as a JSON array.
	FactWishes = "wishes"
	// FactVersions says what came of looking for older versions of objects, as a JSON object by place.
	FactVersions = "versions"
	// FactKeysDenied says by Region why AWS gave no public keys when it was asked, as a JSON object.
	FactKeysDenied = "keys_denied"
	// FactUnfinished lists the loads that did not come to their end, as a JSON array of objects that have
	// the members of model.Unfinished, and maybe more.
	FactUnfinished = "unfinished"
	// FactRawElsewhere is "true" when raw bytes live outside the case.
	FactRawElsewhere = "raw_elsewhere"
)

// What the fact objects says. Only numbers that are each one object's can stand for keys.
const (
	objectsRepeat  = "repeat"  // each object has a number of its own, and two requests or more on average
	objectsDiffer  = "differ"  // each object has a number of its own
	objectsCollide = "collide" // two objects share a number
)

// Fact is what the case remembers under name, empty when it remembers nothing.
func (c *Case) Fact(ctx context.Context, name string) (string, error) {
	db, done, err := c.DB(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	var value string
	err = db.QueryRowContext(ctx, `select value from facts where name = ?`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		if strings.Contains(err.Error(), "Table with name facts does not exist") {
			return "", fmt.Errorf("%w: the database has other tables", ErrNoCase)
		}
		return "", fmt.Errorf("read fact %s: %w", name, err)
	}
	return value, nil
}

// SetFact remembers value under name; an empty value forgets it.
func (c *Case) SetFact(ctx context.Context, name, value string) error {
	return c.write(ctx, func(db *sql.DB) error { return setFactAtOnce(ctx, db, name, value) })
}

// setFactAtOnce is setFact in a transaction of its own: the disk is waited for once.
func setFactAtOnce(ctx context.Context, db *sql.DB, name, value string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := setFact(ctx, tx, name, value); err != nil {
		return err
	}
	return tx.Commit()
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func setFact(ctx context.Context, db execer, name, value string) error {
	if _, err := db.ExecContext(ctx, `delete from facts where name = ?`, name); err != nil {
		return fmt.Errorf("remember %s: %w", name, err)
	}
	if value == "" {
		return nil
	}
	if _, err := db.ExecContext(ctx, `insert into facts values (?, ?)`, name, value); err != nil {
		return fmt.Errorf("remember %s: %w", name, err)
	}
	return nil
}

// ID names the case in the logs of others, without telling anything about it. It is made by chance with
// the case, and with its first asking where the case is older.
func (c *Case) ID(ctx context.Context) (string, error) {
	id, err := c.Fact(ctx, factID)
	if err != nil || id != "" {
		return id, err
	}
	id = newID()
	return id, c.SetFact(ctx, factID, id)
}

func newID() string {
	var chance [4]byte
	_, _ = rand.Read(chance[:]) // which never fails
	return hex.EncodeToString(chance[:])
}

// Window is the incident window; zero when none was set.
func (c *Case) Window(ctx context.Context) (model.Span, error) {
	text, err := c.Fact(ctx, FactWindow)
	if err != nil || text == "" {
		return model.Span{}, err
	}
	return parseWindow(text)
}

// SetWindow sets the incident window, or forgets it when s is zero, and notes the act.
func (c *Case) SetWindow(ctx context.Context, s model.Span) error {
	format := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	text := ""
	if !s.IsZero() {
		text = format(s.From) + "/" + format(s.To)
	}
	return c.write(ctx, func(db *sql.DB) error {
		if err := setFact(ctx, db, FactWindow, text); err != nil {
			return err
		}
		return c.recordChange(ctx, db, "window", map[string]any{"from": format(s.From), "to": format(s.To)})
	})
}
