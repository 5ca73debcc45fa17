using Parley.Client;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>Long messages to accounts that nobody reads: to fill queues and logs.</summary>
internal static class LongLines
{
    private const int LineBytes = 16_000;

    /// <summary>Creates an account of this name, and another one that sends it so many; returns when all are stored.
    /// </summary>
    public static async Task SendAsync(Setting setting, string name, int lines, CancellationToken cancellationToken)
    {
        var feeder = $"feeder-of-{name}";
        await using var client = new ParleyClient(setting.Client);
        await setting.CreateAsync(client, feeder, feeder, cancellationToken);
        await setting.CreateAsync(client, feeder, name, cancellationToken);
        await using var session = await client.LoginAsync(
            feeder, Setting.Password, Setting.Login(takeOver: false), cancellationToken);
        var text = setting.TextOf(feeder, name, lines).PadRight(LineBytes, 'x');
        await Task.WhenAll(Enumerable.Range(0, lines).Select(_ => session.SendAsync(name, text, cancellationToken)));
    }
}
