using System.CommandLine;
using System.Globalization;
using Parley.CommandLine;
using Parley.Server.Backup;
using Parley.Server.Inspection;
using Parley.Terminal;

namespace Parley.Verbs.Inspection;

/// <summary>The verb <c>log replay</c>: applies a stopped node's log once more, here and on another build, and compares
/// the digests: an upgrade's rehearsal.</summary>
internal static class ReplayVerb
{
    private const long EveryDefault = 1_000;

    public static Command Build()
    {
        var data = new Option<string>("--data")
        {
            Description = "The data directory of a node that is stopped, or a copy of it; it is not changed",
            HelpName = "DIR",
            Required = true,
        };
        var from = new Option<string?>("--from")
        {
            Description = "A backup of the cluster to begin with (needed where the log does not begin with entry 1)",
            HelpName = "BACKUP",
        };
        var against = new Option<string?>("--against")
        {
            Description = "Another build's parley, or parley.dll: it replays the same, and must come to the same",
            HelpName = "PROGRAM",
        };
        var every = new Option<long>("--every")
        {
            Description = "Entries between digests (1000)",
            HelpName = "N",
            DefaultValueFactory = _ => EveryDefault,
        };
        var scratch = new Option<string?>("--scratch")
        {
            Description = "A folder with room for copies of the log and, some times, of the state (beside --data)",
            HelpName = "DIR",
        };
        every.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long>() < 1)
            {
                result.AddError("--every: at least 1 expected");
            }
        });
        var command = new Command("replay", "Apply a stopped node's log once more, and compare with another build")
        {
            data, from, against, every, scratch,
        };
        var form = OutputOption.Build();
        command.Add(form);
        command.SetAction((parsed, cancellationToken) =>
        {
            var directory = parsed.GetRequiredValue(data);
            var asked = new Asked(
                directory,
                parsed.GetValue(from) is { } backup ? Path.GetFullPath(backup) : null,
                parsed.GetValue(against),
                parsed.GetValue(every),
                parsed.GetValue(scratch) ?? ScratchFolder.Beside(directory));
            var rows = new RowWriter(OutputOption.Read(parsed, form), parsed.InvocationConfiguration.Output);
            return RunAsync(asked, rows, parsed.InvocationConfiguration.Error, cancellationToken);
        });
        return command.WithExamples(
            "parley log replay --data /srv/copy-of-node-2",
            "parley log replay --data /var/lib/parley --from chat.backup --against /opt/parley-new/parley");
    }

    private static async Task<int> RunAsync(
        Asked asked, RowWriter rows, TextWriter error, CancellationToken cancellationToken)
    {
        using var replay = Refusals.Run(
            () => LogReplay.Open(asked.Data, asked.Backup, asked.Scratch, cancellationToken));
        var marks = new List<ReplayMark>();
        _ = Refusals.Run(() =>
        {
            replay.Run(asked.Every, Take, cancellationToken);
            return marks;
        });
        if (asked.Against is not null)
        {
            await CompareAsync(asked, replay, marks, rows, cancellationToken);
        }

        rows.End();
        Tell(error, asked, replay, marks);
        return ExitCodes.Ok;

        void Take(ReplayMark mark)
        {
            marks.Add(mark);
            if (asked.Against is null)
            {
                rows.Write(() => Json(mark, other: null), () => Text(mark));
            }
        }
    }

    /// <summary>Line by line, up to the first that differs.</summary>
    private static async Task CompareAsync(
        Asked asked, LogReplay replay, List<ReplayMark> marks, RowWriter rows, CancellationToken cancellationToken)
    {
        var (at, agreed) = (0, 0L);
        ReplayMark? different = null;
        await new OtherBuild(asked.Against!).ReplayAsync(
            asked.ArgumentsFor(replay.CopyDirectory, replay.ScratchPath), Take, cancellationToken);
        if (different is null && at == marks.Count)
        {
            return;
        }

        rows.End();
        throw new VerbFailedException(ExitCodes.Refused, Difference(asked, marks, at, different, agreed));

        bool Take(ReplayMark theirs)
        {
            if (at < marks.Count && theirs == marks[at])
            {
                rows.Write(() => Json(theirs, theirs.Digest), () => $"{Text(theirs)}  the same");
                agreed = theirs.Index;
                at++;
                return true;
            }

            if (at < marks.Count)
            {
                rows.Write(() => Json(marks[at], theirs.Digest), () => $"{Text(marks[at])}  there {theirs.Digest}");
            }

            different = theirs;
            return false;
        }
    }

    private static string Difference(
        Asked asked, List<ReplayMark> marks, int at, ReplayMark? theirs, long agreed)
    {
        var ours = at < marks.Count ? marks[at] : null;
        var there = theirs is null ? "has ended before" : Say($"has {Describe(theirs)}");
        var here = ours is null ? "has ended before" : Say($"has {Describe(ours)}");
        var advice = asked.Every > 1 && ours?.Index != agreed + 1 ? "; --every 1 finds the very entry" : "";
        return Sanitizer.Line(
            Say($"the builds differ at #{ours?.Index ?? theirs!.Index}: this one {here}, {asked.Against} {there}; ")
            + (at == 0 ? "it is the state that the replay begins with" : Say($"they agreed at #{agreed}"))
            + $"{advice}. What to do: do not upgrade; keep the data directory, and report it with both versions");
    }

    private static void Tell(TextWriter error, Asked asked, LogReplay replay, List<ReplayMark> marks)
    {
        var first = marks[0].Index;
        var begin = first == 0 ? "from an empty state" : Say($"from the backup, which ends at #{first}");
        error.WriteLine(Sanitizer.Line(
            Say($"parley: replayed {replay.LastIndex - first} entries {begin} to #{replay.LastIndex}")
            + (replay.IsCompared
                ? Say($"; at #{replay.AppliedIndex} it has the digest of the node's own state")
                : "; the node's own state is none of those that it came by")
            + (asked.Against is null ? "" : $"; {asked.Against} came to the same")));
    }

    private static string Describe(ReplayMark mark) =>
        Say($"digest {mark.Digest} at #{mark.Index} of term {mark.Term}");

    private static string Text(ReplayMark mark) => Say($"#{mark.Index}  term {mark.Term}  {mark.Digest}");

    private static string Json(ReplayMark mark, string? other) => JsonLines.Write(json =>
    {
        json.WriteNumber("index", mark.Index);
        json.WriteNumber("term", mark.Term);
        json.WriteString("digest", mark.Digest);
        json.WriteString("other", other);
    });

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>What was given.</summary>
    private sealed record Asked(string Data, string? Backup, string? Against, long Every, string Scratch)
    {
        /// <summary>The same of another build; these names are for ever.</summary>
        public IReadOnlyList<string> ArgumentsFor(string copy, string scratch) =>
        [
            "log", "replay", "--data", copy, "--scratch", scratch,
            "--every", Every.ToString(CultureInfo.InvariantCulture), "--output", "json",
            .. Backup is null ? Array.Empty<string>() : ["--from", Backup],
        ];
    }
}
