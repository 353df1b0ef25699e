package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// DB lends the database to one piece of work, opening it if it is closed, read-only unless something
// writes. The caller must call done when it has read its last row. Holding it keeps a load from
// starting, so hold it for one query, not for a screen.
func (c *Case) DB(ctx context.Context) (db *sql.DB, done func(), err error) {
	h, done, err := c.lend(ctx)
	if err != nil {
		return nil, nil, err
	}
	return h.db, done, nil
}

func (c *Case) lend(ctx context.Context) (*handle, func(), error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	stop := c.wakeOn(ctx)
	defer stop()
	// Whoever comes while others still read is let in, even when a writer waits: a query made of
	// two must not lock itself out.
	for c.swapping && c.users == 0 && !c.closed && ctx.Err() == nil {
		c.changed.Wait()
	}
	if c.closed {
		return nil, nil, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if c.h == nil {
		h, err := c.openWaiting(ctx, modeRead, c.threads())
		if err != nil {
			return nil, nil, err
		}
		c.h = h
	}
	c.users++
	return c.h, sync.OnceFunc(c.giveBack), nil
}

func (c *Case) giveBack() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users--
	c.changed.Broadcast()
	if c.users == 0 && c.idle && c.h != nil && c.h.mode == modeRead {
		c.idle = false
		// A read-only instance has nothing to write back; its closing cannot lose anything.
		_ = c.drop()
	}
}

// wakeOn makes waiters look again when ctx ends.
func (c *Case) wakeOn(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.Broadcast()
	})
}

// Release closes the database as soon as nobody uses it, so that other processes can have it. The
// next piece of work opens it again. Nothing happens while something writes.
func (c *Case) Release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.h == nil || c.h.mode == modeWrite {
		return nil
	}
	if c.users > 0 {
		c.idle = true
		return nil
	}
	return c.drop()
}

// drop closes the database. c.mu is held and nobody uses it.
func (c *Case) drop() error {
	if c.h == nil {
		return nil
	}
	h := c.h
	c.h = nil
	return h.close()
}

// openWaiting opens the database, trying again for as long as Options.Wait while another process
// holds it. c.mu is held.
func (c *Case) openWaiting(ctx context.Context, m mode, threads int) (*handle, error) {
	const step = 50 * time.Millisecond
	path := c.path(databaseName)
	for waited := time.Duration(0); ; waited += step {
		h, err := openHandle(path, c.settings(m, threads))
		if err == nil || !errors.Is(err, ErrBusy) || waited >= c.opts.Wait {
			return h, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(step):
		}
	}
}

// beginWrite opens the database for writing with that many threads and returns what ends it. One
// writer at a time; those who read share the writer's instance meanwhile.
func (c *Case) beginWrite(ctx context.Context, threads int) (h *handle, end func() error, err error) {
	if c.opts.ReadOnly {
		return nil, nil, ErrReadOnly
	}
	select {
	case c.writing <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	if err := c.swap(ctx, modeWrite, threads); err != nil {
		<-c.writing
		return nil, nil, err
	}
	c.mu.Lock()
	h = c.h
	c.mu.Unlock()
	end = func() error {
		defer func() { <-c.writing }()
		err := h.checkpoint(context.Background())
		return errors.Join(err, c.swap(context.Background(), "", 0), c.protect())
	}
	return h, end, nil
}

// swap waits until nobody uses the database and opens it in another mode; an empty mode closes it.
func (c *Case) swap(ctx context.Context, m mode, threads int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	stop := c.wakeOn(ctx)
	defer stop()
	c.swapping = true
	defer func() { c.swapping = false; c.changed.Broadcast() }()
	for c.users > 0 && ctx.Err() == nil {
		c.changed.Wait()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.drop(); err != nil || m == "" {
		return err
	}
	if c.closed {
		return ErrClosed
	}
	h, err := c.openWaiting(ctx, m, threads)
	c.h = h
	return err
}

// write runs fn on a database open for writing: the one a load has open, or one opened for fn.
func (c *Case) write(ctx context.Context, fn func(db *sql.DB) error) error {
	c.mu.Lock()
	if c.h != nil && c.h.mode == modeWrite && !c.swapping {
		c.users++
		h := c.h
		c.mu.Unlock()
		defer c.giveBack()
		return fn(h.db)
	}
	c.mu.Unlock()
	h, end, err := c.beginWrite(ctx, c.threads())
	if err != nil {
		return err
	}
	return errors.Join(fn(h.db), end())
}

// protect takes the group's and others' rights off the files DuckDB made.
func (c *Case) protect() error {
	for _, name := range []string{databaseName, databaseName + ".wal"} {
		if err := os.Chmod(c.path(name), 0o600); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("protect %s: %w", name, err)
		}
	}
	return nil
}
