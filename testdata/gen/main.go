// Command gen makes trailsift's test data. The same flags and seed give the same bytes, whatever the
// machine's clock, locale or number of cores.
//
//	go run ./testdata/gen demo [-out testdata/demo]
//
// writes the demonstration evidence, whose README tells what is in it.
package main

import (
	"flag"
	"fmt"
	"os"

	"trailsift/testdata/gen/demo"
)

const usage = `usage:
  go run ./testdata/gen demo [-out DIR]     the demonstration evidence
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
		flags := flag.NewFlagSet("gen demo", flag.ExitOnError)
		out := flags.String("out", "testdata/demo", "folder to write; what a former run left there is replaced")
		seed := flags.Uint64("seed", demo.Seed, "seed; the committed tree uses the default")
		flags.Parse(args[1:]) // exits by itself
		return demo.Write(*out, *seed)
	case "help", "-h", "--help":
		fmt.Print(usage)
		return nil
	}
	return fmt.Errorf("unknown command %q", args[0])
}
