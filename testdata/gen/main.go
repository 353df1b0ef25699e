// Command gen makes trailsift's test data. The same flags and seed give the same bytes, whatever the
// machine's clock, locale, number of cores or order of maps.
//
//	go run ./testdata/gen demo [-out testdata/demo]
//
// writes the demonstration evidence (its README tells what is in it). The tree in the repository is
// the default seed's; a test compares them.
//
//	go run ./testdata/gen corpus -n 1000000 -out DIR
//
// writes CloudTrail logs below DIR/cloudtrail and the access-log lines of the same requests in
// DIR/access. -logs 2000 fixes the number of logs; -digests 200 adds so many signed digests over
// them, with DIR/metadata.json and DIR/keys/public-keys.json; -digests -1 makes them hourly.
//
//	go run ./testdata/gen keys
//
// prints the SHA-256 of every key that signs such digests. All are public: DEMO KEYS.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"trailsift/testdata/gen/chain"
	"trailsift/testdata/gen/corpus"
	"trailsift/testdata/gen/demo"
)

const usage = `usage:
  go run ./testdata/gen demo [-out DIR]             the demonstration evidence
  go run ./testdata/gen corpus -n N -out DIR [...]  a corpus of any size for benchmarks
  go run ./testdata/gen keys                        the SHA-256 of every DEMO KEY
Flags of each: go run ./testdata/gen demo -h, go run ./testdata/gen corpus -h
`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return fmt.Errorf("no command")
	}
	switch args[0] {
	case "demo":
		return makeDemo(args[1:])
	case "corpus":
		return makeCorpus(args[1:])
	case "keys":
		listKeys()
		return nil
	case "help", "-h", "-help", "--help":
		fmt.Print(usage)
		return nil
	}
	return fmt.Errorf("unknown command %q; try help", args[0])
}

// listKeys prints what the program must know to call a key a DEMO KEY: the SHA-256 of its PKCS#1 DER.
func listKeys() {
	for _, name := range chain.KeyNames {
		k := chain.NewKey(name, time.Time{})
		fmt.Printf("%s  %s  %s\n", k.SHA256(), k.Fingerprint, name)
	}
}

func makeDemo(args []string) error {
	flags := flag.NewFlagSet("gen demo", flag.ExitOnError)
	out := flags.String("out", "testdata/demo", "folder to write; what a former run left there is replaced")
	seed := flags.Uint64("seed", demo.Seed, "seed; the committed tree uses the default")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return demo.Write(*out, *seed)
}

func makeCorpus(args []string) error {
	o := corpus.Defaults()
	flags := flag.NewFlagSet("gen corpus", flag.ExitOnError)
	flags.IntVar(&o.Events, "n", o.Events, "CloudTrail events")
	flags.IntVar(&o.PerFile, "per-file", o.PerFile, "mean events a log")
	flags.IntVar(&o.Logs, "logs", o.Logs, "logs, in place of -per-file")
	flags.StringVar(&o.Out, "out", o.Out, "output folder; files of a former run stay")
	flags.Uint64Var(&o.Seed, "seed", o.Seed, "seed")
	flags.Float64Var(&o.Access, "access", o.Access, "share of events that also get an access-log line, 0 for none")
	flags.Float64Var(&o.Days, "days", o.Days, "time span in days")
	flags.Func("start", "first instant (default "+o.Start.Format(time.RFC3339)+")", func(s string) (err error) {
		o.Start, err = time.Parse(time.RFC3339, s)
		o.Start = o.Start.UTC()
		return err
	})
	flags.IntVar(&o.Buckets, "buckets", o.Buckets, "buckets")
	flags.IntVar(&o.Principals, "principals", o.Principals, "principals")
	flags.IntVar(&o.Level, "level", o.Level, "gzip level, 1 to 9")
	flags.IntVar(&o.Digests, "digests", o.Digests, "signed digests over the logs, in three chains; -1 makes them hourly")
	flags.IntVar(&o.Workers, "workers", o.Workers, "files made at once; changes no byte")
	if err := flags.Parse(args); err != nil {
		return err
	}
	t, err := corpus.Make(o)
	if err != nil {
		return err
	}
	fmt.Printf("%d events in %d logs: %d bytes of JSON, %d compressed; %d bytes of access log; %d digests\n", t.Events, t.Logs, t.JSONBytes, t.LogBytes, t.LineBytes, t.Digests)
	return nil
}
