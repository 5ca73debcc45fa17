using System.CommandLine;
using System.CommandLine.Parsing;
using Parley.CommandLine;
using Parley.Server.Backup;
using Parley.Terminal;

namespace Parley.Verbs.Backup;

/// <summary>The options that say which node a cluster begins with: its bundle, or its number and address.</summary>
internal sealed class FirstNode
{
    private readonly Option<string?> bundle = new("--bundle")
    {
        Description = "The first node's bundle",
        HelpName = "FILE",
    };

    private readonly Option<string?> member = new("--member")
    {
        Description = "Without certificates: the first node's number, and where others will reach it",
        HelpName = "ID=HOST:NODEPORT",
    };

    /// <summary>Gives a verb both, of which one must be given where it is needed.</summary>
    public void AddTo(Command command, Func<CommandResult, bool> isNeeded)
    {
        command.Add(bundle);
        command.Add(member);
        command.Validators.Add(result =>
        {
            var given = (result.GetResult(bundle) is null ? 0 : 1) + (result.GetResult(member) is null ? 0 : 1);
            if (given > 1 || (given == 0 && isNeeded(result)))
            {
                result.AddError("either --bundle FILE or --member ID=HOST:NODEPORT expected");
            }
        });
    }

    /// <exception cref="VerbFailedException">It is none.</exception>
    public FirstMember Read(ParseResult parsed)
    {
        if (parsed.GetValue(bundle) is { } path)
        {
            return FirstMember.OfBundle(path);
        }

        var text = parsed.GetValue(member) ?? "";
        return FirstMember.Find(text) ?? throw new VerbFailedException(
            ExitCodes.Usage, $"member: ID=HOST:NODEPORT expected, '{Sanitizer.Line(text)}' found");
    }
}
