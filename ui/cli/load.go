package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trailsift/model"
)

// loadOptions are the flags that open and load share.
type loadOptions struct {
	caseDir  string
	copying  string
	salvage  bool
	maxBytes string
	maxRatio int
	endpoint string
	profile  string
	region   string
	noSign   bool
	payer    bool
	format   string
}

func (o *loadOptions) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.caseDir, "case", "", "the case `DIR` to load into (default: one made from the sources' names)")
	f.StringVar(&o.copying, "copy", "auto", "copy evidence into the case: auto (up to 2 GB of local files), always, never")
	f.BoolVar(&o.salvage, "salvage", false, "take the whole records before the break of a cut gzip file, flagged and never verified")
	f.StringVar(&o.maxBytes, "max-size", "2GiB", "refuse members that expand beyond this")
	f.IntVar(&o.maxRatio, "max-ratio", 200, "refuse members above 64 MiB that expand by more than this factor")
	f.StringVar(&o.endpoint, "endpoint-url", "", "S3 endpoint `URL`, for S3-compatible stores")
	f.StringVar(&o.profile, "profile", "", "profile of the shared AWS configuration")
	f.StringVar(&o.region, "region", "", "AWS Region of the bucket")
	f.BoolVar(&o.noSign, "no-sign", false, "do not sign requests (public buckets)")
	f.BoolVar(&o.payer, "requester-pays", false, "accept the charges of a requester-pays bucket")
}

func (p *program) loadCommand() *cobra.Command {
	var o loadOptions
	c := &cobra.Command{
		Use:   "load [--case CASE] SOURCE...",
		Short: "Load evidence into a case: files, folders, globs, archives, - or s3://bucket/prefix",
		Long: "Load CloudTrail files and S3 server access logs into a case. What a member is, is decided by its content.\n" +
			"Evidence is never written to. Loading the same evidence again changes nothing.",
		Example: "  trailsift load --case acme.case ./logs\n  trailsift load logs.tar.gz s3://acme-logs/AWSLogs/111122223333/\n  zcat *.json.gz | trailsift load --case acme.case -",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name files, folders, archives, s3://bucket/prefix, or - for standard input", "nothing to load")
			}
			return p.load(c.Context(), &o, args)
		},
	}
	o.register(c)
	c.Flags().StringVar(&o.format, "format", "text", "summary as text or json")
	return c
}
