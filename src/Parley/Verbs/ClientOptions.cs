using System.CommandLine;
using System.Globalization;
using Parley.Client;
using Parley.CommandLine;

namespace Parley.Verbs;

/// <summary>The options that every verb which talks to a cluster shares; one instance for each verb.</summary>
internal sealed class ClientOptions
{
    private const double GiveUpSeconds = 30;

    private readonly Option<string?> nodes = new("--nodes")
    {
        Description = "The cluster's link, or nodes on this machine to begin with "
            + "(else PARLEY_NODES, what is stored, 127.0.0.1:7401 to 7405)",
        HelpName = "LINK|HOST:PORT,…",
    };

    private readonly Option<string?> actAs = new("--as")
    {
        Description = "Account to act as (else the only stored login)",
        HelpName = "NAME",
    };

    private readonly Option<bool> takeOver = new("--take-over")
    {
        Description = "When logging in, end the account's live session",
    };

    private readonly Option<double> giveUp = new("--give-up")
    {
        Description = "Seconds in which no node does what is asked before giving up; 0 = never",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => GiveUpSeconds,
    };

    private readonly Option<string?> passwordFile = new("--password-file")
    {
        Description = "Read the password from the first line of this file (else PARLEY_PASSWORD, else a prompt)",
        HelpName = "FILE",
    };

    private readonly Option<string?> tokenFile = new("--token-file")
    {
        Description = "Log in with the device token on the first line of this file (else PARLEY_TOKEN), not a password",
        HelpName = "FILE",
    };

    private readonly Option<string> output = OutputOption.Build();

    private ClientOptions()
    {
        giveUp.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 &&
                double.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var seconds) &&
                seconds is not (>= 0 and <= 1e6))
            {
                result.AddError("--give-up: 0 to 1000000 seconds expected");
            }
        });
    }

    /// <summary>Gives a verb all of them.</summary>
    public static ClientOptions AddTo(Command command)
    {
        var options = new ClientOptions();
        command.Options.Add(options.nodes);
        command.Options.Add(options.actAs);
        command.Options.Add(options.takeOver);
        command.Options.Add(options.giveUp);
        command.Options.Add(options.passwordFile);
        command.Options.Add(options.tokenFile);
        command.Options.Add(options.output);
        return options;
    }

    /// <summary>What was given, with the environment's part.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="given">A link that the verb takes as an argument; null: none given.</param>
    /// <exception cref="VerbFailedException">An address is none, or a token.</exception>
    public ClientSettings Read(ParseResult parsed, string? given = null)
    {
        var list = given ?? parsed.GetValue(nodes) ?? Environment.GetEnvironmentVariable("PARLEY_NODES");
        var link = list is not null && ClusterLink.IsMeant(list) ? NodeAddresses.ParseLink(list) : null;
        var form = OutputOption.Read(parsed, output);
        return new ClientSettings
        {
            Nodes = link?.Nodes ?? (string.IsNullOrWhiteSpace(list) ? [] : NodeAddresses.Parse(list)),
            Link = link,
            Account = parsed.GetValue(actAs)?.ToLowerInvariant(),
            TakeOver = parsed.GetValue(takeOver),
            GiveUpAfter = TimeSpan.FromSeconds(parsed.GetValue(giveUp)),
            IsGiveUpGiven = parsed.GetResult(giveUp) is { Implicit: false },
            PasswordFile = parsed.GetValue(passwordFile),
            DeviceToken = Passwords.FindDeviceToken(
                parsed.GetValue(tokenFile),
                parsed.GetValue(passwordFile),
                parsed.InvocationConfiguration.Error),
            Form = form,
            Output = parsed.InvocationConfiguration.Output,
            Rows = new RowWriter(form, parsed.InvocationConfiguration.Output),
            Error = parsed.InvocationConfiguration.Error,
        };
    }
}
