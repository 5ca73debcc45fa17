using System.CommandLine;
using Parley.CommandLine;
using Parley.Server.Inspection;
using Parley.Terminal;

namespace Parley.Verbs.Inspection;

/// <summary>The verb <c>log</c>: looks into a node's log on disk.</summary>
internal static class LogVerb
{
    public static Command Build()
    {
        var log = new Command("log", "Look into a node's log on disk");
        log.Add(BuildDump());
        log.Add(ReplayVerb.Build());
        return log;
    }

    private static Command BuildDump()
    {
        var data = new Option<string>("--data")
        {
            Description = "The node's data directory; the node may run",
            HelpName = "DIR",
            Required = true,
        };
        var from = new Option<long>("--from")
        {
            Description = "The first log index (1)",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var to = new Option<long>("--to")
        {
            Description = "The last log index (all there are)",
            HelpName = "N",
            DefaultValueFactory = _ => long.MaxValue,
        };
        var showTexts = new Option<bool>("--show-texts") { Description = "Message texts too" };
        var dump = new Command("dump", "Print its records, one a line, in the order they were written")
        {
            data, from, to, showTexts,
        };
        dump.SetAction(parsed =>
        {
            var options = new LogDumpOptions(parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(showTexts));
            var output = parsed.InvocationConfiguration.Output;
            Inspections.Run(() =>
                new LogDump(options, line => output.WriteLine(Sanitizer.Line(line))).Run(parsed.GetValue(data)!));
            return ExitCodes.Ok;
        });
        return dump.WithExamples(
            "parley log dump --data /var/lib/parley --from 1200",
            "parley log dump --data /var/lib/parley --from 1200 --to 1200 --show-texts");
    }
}
