using System.CommandLine;

namespace Parley.Verbs;

/// <summary>The options that every verb which talks to a cluster shares; one instance for each verb.</summary>
internal sealed class ClientOptions
{
    /// <summary>Client addresses, separated by commas.</summary>
    public Option<string?> Nodes { get; } = new("--nodes")
    {
        Description = "Nodes to begin with, HOST:PORT,… (else PARLEY_NODES, the stored list, 127.0.0.1:7401-7405)",
        HelpName = "HOST:PORT,…",
    };

    /// <summary>The account to act as.</summary>
    public Option<string?> As { get; } = new("--as")
    {
        Description = "Account to act as (else the only stored login)",
        HelpName = "NAME",
    };

    /// <summary>Ends another live session when logging in.</summary>
    public Option<bool> TakeOver { get; } = new("--take-over")
    {
        Description = "When logging in, end the account's live session",
    };

    /// <summary>Seconds.</summary>
    public Option<double> GiveUp { get; } = new("--give-up")
    {
        Description = "Seconds without an answer from any node before giving up; 0 = never",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 30,
    };

    /// <summary>Where the password stands.</summary>
    public Option<string?> PasswordFile { get; } = new("--password-file")
    {
        Description = "Read the password from this file's first line (else PARLEY_PASSWORD, or a prompt)",
        HelpName = "FILE",
    };

    /// <summary>text or json.</summary>
    public Option<string> Output { get; } = CreateOutput();

    /// <summary>Gives the verb all of them.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(Nodes);
        command.Options.Add(As);
        command.Options.Add(TakeOver);
        command.Options.Add(GiveUp);
        command.Options.Add(PasswordFile);
        command.Options.Add(Output);
    }

    private static Option<string> CreateOutput()
    {
        var output = new Option<string>("--output", "-o")
        {
            Description = "text, or json: one object a line",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => "text",
        };
        output.AcceptOnlyFromAmong("text", "json");
        return output;
    }
}
