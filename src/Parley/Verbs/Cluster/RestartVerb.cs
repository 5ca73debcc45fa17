using System.CommandLine;
using System.Globalization;
using Parley.CommandLine;

namespace Parley.Verbs.Cluster;

/// <summary>The verb <c>cluster restart</c>: one node after the other, or one of them.</summary>
internal sealed class RestartVerb
{
    private const int WaitSecondsDefault = 120;
    private const int WaitSecondsMax = 86_400;

    private readonly Option<bool> rolling = new("--rolling")
    {
        Description = "All nodes, one after the other, the one that leads last",
    };

    private readonly Option<int?> id = new("--id") { Description = "This node alone", HelpName = "ID" };

    private readonly Option<string?> run = new("--run")
    {
        Description = "Restart a node by this command of the shell, which finds PARLEY_NODE_ID and PARLEY_NODE_HOST "
            + "in its environment (the node is told to stop, and its service manager starts it again)",
        HelpName = "COMMAND",
    };

    private readonly Option<int> wait = new("--wait")
    {
        Description = "How many seconds a node may take until it serves again",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => WaitSecondsDefault,
    };

    private RestartVerb()
    {
        wait.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (> 0 and <= WaitSecondsMax))
            {
                result.AddError(string.Create(
                    CultureInfo.InvariantCulture, $"--wait: 1 to {WaitSecondsMax} seconds expected"));
            }
        });
    }

    public static Command Build()
    {
        var verb = new RestartVerb();
        var command = new Command("restart", "Restart nodes without a break, to a newer program; for administrators")
        {
            verb.rolling, verb.id, verb.run, verb.wait,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(verb.rolling) == (result.GetValue(verb.id) is not null))
            {
                result.AddError("restart: either --rolling or --id expected");
            }
        });
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(options.Read(parsed), verb.Read(parsed), cancellationToken));
        return command.WithExamples(
            "parley cluster restart --rolling --as alice",
            "parley cluster restart --id 3 --as alice",
            "parley cluster restart --rolling --run 'ssh $PARLEY_NODE_HOST systemctl restart parley' --as alice");
    }

    private static async Task<int> RunAsync(
        ClientSettings settings, RestartWish wish, CancellationToken cancellationToken)
    {
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        await new RollingRestart(settings, opened, wish).RunAsync(cancellationToken);
        return ExitCodes.Ok;
    }

    private RestartWish Read(ParseResult parsed) => new(
        parsed.GetValue(id), parsed.GetValue(run), TimeSpan.FromSeconds(parsed.GetValue(wait)));
}

/// <summary>What shall be restarted, and how.</summary>
/// <param name="Only">This node alone; null: all.</param>
/// <param name="Command">Of the shell, which does it; null: the node is told to stop.</param>
/// <param name="WaitMax">How long a node may be away.</param>
internal sealed record RestartWish(int? Only, string? Command, TimeSpan WaitMax);
