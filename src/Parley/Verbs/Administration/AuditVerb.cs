using System.CommandLine;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Administration;

/// <summary>The verb <c>audit</c>: what administrators did, the newest first.</summary>
internal static class AuditVerb
{
    private const int CountDefault = 50;

    public static Command Build()
    {
        var count = new Option<int>("--count")
        {
            Description = "How many of the newest acts; 0 = all",
            HelpName = "N",
            DefaultValueFactory = _ => CountDefault,
        };
        var command = new Command("audit", "List what administrators did, the newest first; for administrators")
        {
            count,
        };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(options.Read(parsed), parsed.GetValue(count), cancellationToken));
        return command.WithExamples("parley audit --as alice", "parley audit --count 0 -o json --as alice");
    }

    private static async Task<int> RunAsync(ClientSettings settings, int count, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        var left = count > 0 ? count : int.MaxValue;
        await foreach (var entry in opened.Session.ListAuditAsync(cancellationToken))
        {
            settings.WriteRow(
                () => JsonLines.Audit(entry),
                () => Sanitizer.Line(
                    $"{JsonLines.Time(entry.At)} {entry.Actor} {entry.Act} {entry.Subject} {entry.Detail}".TrimEnd()));
            if (--left == 0)
            {
                break;
            }
        }

        return ExitCodes.Ok;
    }
}
