using System.CommandLine;
using System.Globalization;
using Parley.CommandLine;
using Parley.Server.Backup;
using Parley.Terminal;
using Parley.Verbs.Backup;

namespace Parley.Verbs.Cluster;

/// <summary>The verb <c>cluster recover</c>: the last resort when a majority of the disks is gone for good.</summary>
internal static class RecoverVerb
{
    private const int AskedDigits = 8;

    public static Command Build()
    {
        var from = new Option<string>("--from")
        {
            Description = "A surviving node's data directory; the node is stopped, and it is not changed",
            HelpName = "DIR",
            Required = true,
        };
        var data = new Option<string?>("--data")
        {
            Description = "The new cluster's first node's: empty, or not there yet (else nothing is made)",
            HelpName = "DIR",
        };
        var scratch = new Option<string?>("--scratch")
        {
            Description = "A folder with room for copies of state and log (beside --data, or else beside --from)",
            HelpName = "DIR",
        };
        var yes = new Option<string?>("--yes")
        {
            Description = "The first eight digits of the lost cluster's id, in place of typing them",
            HelpName = "DIGITS",
        };
        var self = new FirstNode();
        var command = new Command(
            "recover", "When a majority of the disks is lost for good: begin a new cluster with what one node has")
        {
            from, data, scratch, yes,
        };
        self.AddTo(command, isNeeded: result => result.GetResult(data) is not null);
        var form = OutputOption.Build();
        command.Add(form);
        command.SetAction((parsed, cancellationToken) =>
        {
            var (survivorPath, directory) = (parsed.GetRequiredValue(from), parsed.GetValue(data));
            var error = parsed.InvocationConfiguration.Error;
            var scratchIn = parsed.GetValue(scratch) ?? ScratchFolder.Beside(directory ?? survivorPath);
            using var survivor = Refusals.Run(() => Survivor.Open(survivorPath, scratchIn, cancellationToken));
            Tell(error, survivor, survivorPath);
            if (directory is null)
            {
                error.WriteLine("parley: nothing was made: look at the other survivors too, and take the one with the "
                    + "highest term, then the highest entry");
                return Task.FromResult(ExitCodes.Ok);
            }

            var member = self.Read(parsed);
            RequireName(error, parsed.GetValue(yes), survivor.Cluster[..AskedDigits]);
            var founded = Refusals.Run(() => survivor.Found(directory, member));
            FoundedText.Write(
                new RowWriter(OutputOption.Read(parsed, form), parsed.InvocationConfiguration.Output), error, founded,
                directory);
            return Task.FromResult(ExitCodes.Ok);
        });
        return command.WithExamples(
            "parley cluster recover --from /var/lib/parley                    # what does this node have?",
            "parley cluster recover --from /var/lib/parley --data /var/lib/parley-new --bundle node-1.parley");
    }

    private static void Tell(TextWriter error, Survivor survivor, string path)
    {
        var tail = survivor.LastIndex - survivor.AppliedIndex;
        foreach (var line in new[]
        {
            Say($"{path}: node {survivor.Node} of cluster {survivor.Cluster}, ")
                + Say($"which had {survivor.Voters} voters"),
            Say($"its last entry is #{survivor.LastIndex} of term {survivor.LastTerm}, stamped ")
                + JsonLines.Time(survivor.LastTime),
            Say($"its state holds all up to #{survivor.AppliedIndex}; ") + (tail == 0
                ? "there is nothing after that in its log"
                : Say($"the {tail} after that are in its log, and will count, though some may not have been stored")),
            "what was answered to users and is not in this directory is lost: each entry was on a majority of the "
                + "disks, which need not be among those that are left",
            "should a majority of the old nodes come back, start them instead: nothing is lost then",
        })
        {
            error.WriteLine($"parley: {Sanitizer.Line(line)}");
        }
    }

    private static void RequireName(TextWriter error, string? given, string expected)
    {
        if (given is null)
        {
            error.Write($"To go on, type the first eight digits of the lost cluster's id ({expected}): ");
            error.Flush();
            given = Console.In.ReadLine();
        }

        if (!string.Equals(given?.Trim(), expected, StringComparison.Ordinal))
        {
            throw new VerbFailedException(
                ExitCodes.Refused, $"{expected} expected, something else found: nothing was made");
        }
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
