package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"trailsift/loaders/s3"
	"trailsift/model/checksum"
)

// objectVerifyOptions are the flags of object verify.
type objectVerifyOptions struct {
	remote  s3.Options
	file    string
	version string
	format  string
}

func (p *program) objectVerifyCommand() *cobra.Command {
	var o objectVerifyOptions
	c := &cobra.Command{
		Use:   "verify s3://BUCKET/KEY",
		Short: "Compare an object, or a local copy of it, with the checksums that S3 stores",
		Long: "Ask S3 for the checksums it stores with an object (GetObjectAttributes, or HeadObject in checksum mode),\n" +
			"compute them again over the object's bytes or over a local copy, and say equal, different, or none stored.\n" +
			"SHA-256, SHA-1, CRC32, CRC32C, CRC64NVME, SHA-512 and MD5, of the whole object or composed of its parts.\n" +
			"An ETag is never taken for a checksum. Equal means that these are the bytes that were uploaded with that\n" +
			"checksum; it does not tell who uploaded them.\n\n" +
			"With --file the object itself is not read. Without it, it is downloaded once and kept nowhere.\n\n" +
			"Exit code 0: equal. 1: different. 3: a checksum could not be computed. 4: none is stored.",
		Example: "  trailsift object verify s3://acme-backups/db.dump --file ./db.dump\n  trailsift object verify s3://acme-backups/db.dump --version-id 3sL4kqtJlcpXroDTDmJ",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := oneOf(o.format, "text", "json"); err != nil {
				return err
			}
			bucket, key, ok := strings.Cut(strings.TrimPrefix(args[0], "s3://"), "/")
			if !isS3(args[0]) || !ok || bucket == "" || key == "" {
				return usage("as s3://bucket/key", "%s names no object of S3", p.printable(args[0]))
			}
			return p.objectVerify(c.Context(), &o, bucket, key)
		},
	}
	f := c.Flags()
	f.StringVar(&o.file, "file", "", "compare this local `FILE` instead of downloading the object")
	f.StringVar(&o.version, "version-id", "", "the `VERSION` of the object (default: the latest)")
	f.StringVar(&o.format, "format", "text", "text or json")
	registerRemote(c, &o.remote, "region")
	return c
}

// objectReport is the shape of object verify --format json.
type objectReport struct {
	Object    string            `json:"object"`
	Version   string            `json:"version"`
	Size      int64             `json:"size"`
	Modified  *string           `json:"last_modified"`
	ETag      string            `json:"etag"` // told for the record; never compared
	Source    string            `json:"source"`
	Compared  string            `json:"compared"`      // the object, or the local file
	Local     *int64            `json:"compared_size"` // of the local file; null for the object itself
	Read      int64             `json:"bytes_read"`
	Result    string            `json:"result"`
	ExitCode  int               `json:"exit_code"`
	Checksums []checksum.Result `json:"checksums"`
}

func (p *program) objectVerify(ctx context.Context, o *objectVerifyOptions, bucket, key string) error {
	var local *os.File
	var size *int64
	if o.file != "" {
		var err error
		if local, err = os.Open(o.file); err != nil {
			return access(fmt.Errorf("open the local copy: %w", err), "check the name given to --file")
		}
		defer local.Close()
		info, err := local.Stat()
		if err != nil {
			return access(fmt.Errorf("look at the local copy: %w", err), "check the name given to --file")
		}
		if !info.Mode().IsRegular() {
			return usage("name a plain file", "%s is no file that can be compared", p.printable(o.file))
		}
		n := info.Size()
		size = &n
	}
	client, err := p.connect(ctx, nil, o.remote)
	if err != nil {
		return loadFailure(err)
	}
	a, err := client.Attributes(ctx, bucket, key, o.version)
	if err != nil {
		return p.objectFailure(err)
	}
	r := objectReport{
		Object: "s3://" + bucket + "/" + key, Version: a.Version, Size: a.Content.Size, ETag: a.ETag,
		Source: a.Source, Compared: "object", Checksums: []checksum.Result{}, Result: "none", ExitCode: exitNothing,
	}
	if !a.LastModified.IsZero() {
		at := utc(a.LastModified)
		r.Modified = &at
	}
	if local != nil {
		r.Compared, r.Local = o.file, size
	}
	if len(a.Content.Stored) > 0 {
		var content io.Reader = local
		if local == nil {
			body := client.Content(ctx, a)
			defer body.Close()
			content = body
		}
		if r.Checksums, r.Read, err = checksum.Verify(content, a.Content); err != nil {
			return p.objectFailure(fmt.Errorf("read %s: %w", p.printable(r.Compared), err))
		}
		r.Result, r.ExitCode = verdictOf(r.Checksums)
	}
	if o.format == "json" {
		if err := json.NewEncoder(p.stdout).Encode(r); err != nil {
			return err
		}
	} else {
		p.printObject(r)
	}
	if r.ExitCode != exitDone {
		return silent(r.ExitCode)
	}
	return nil
}

// objectFailure keeps the sentence of an S3 error that a reader wrapped.
func (p *program) objectFailure(err error) error {
	var known *s3.Error
	switch {
	case errors.Is(err, context.Canceled):
		return silent(exitInterrupted)
	case errors.As(err, &known):
		return &failure{code: exitAccess, err: known, hint: known.Hint}
	}
	return access(err, "nothing was compared")
}

// verdictOf sums up: one difference is enough, and what was not computed is not equal.
func verdictOf(all []checksum.Result) (result string, code int) {
	result, code = "equal", exitDone
	for _, c := range all {
		switch {
		case c.Outcome == checksum.Different:
			return "different", exitAdverse
		case c.Outcome == checksum.Unchecked:
			result, code = "unchecked", exitIncomplete
		}
	}
	return result, code
}

func (p *program) printObject(r objectReport) {
	line := func(format string, args ...any) { fmt.Fprintf(p.stdout, format+"\n", args...) }
	line("object     %s", p.printable(r.Object))
	if r.Version != "" {
		line("version    %s", p.printable(r.Version))
	}
	modified := "unknown"
	if r.Modified != nil {
		modified = *r.Modified
	}
	line("size       %d bytes, last modified %s", r.Size, modified)
	line("etag       %s (names a state of the object; it is no checksum and was not compared)", p.printable(r.ETag))
	if r.Compared != "object" {
		line("local file %s, %d bytes", p.printable(r.Compared), *r.Local)
	}
	for _, c := range r.Checksums {
		line("%-10s %s, %s: stored %s", c.Outcome, c.Algorithm, strings.ToLower(strings.ReplaceAll(c.Type, "_", " ")), p.printable(c.Stored))
		if c.Outcome == checksum.Different {
			line("           computed %s", c.Computed)
		}
		if c.Detail != "" {
			line("           %s", c.Detail)
		}
	}
	switch r.Result {
	case "none":
		line("result: none stored. S3 keeps no checksum for this object (objects uploaded before December 2024 without one have none)")
	case "unchecked":
		line("result: not all checksums could be computed")
	default:
		line("result: %s (checksums told by %s)", r.Result, r.Source)
	}
}
