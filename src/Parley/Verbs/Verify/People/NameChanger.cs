using Parley.Client;
using Parley.Local;
using Parley.Verify;

namespace Parley.Verbs.Verify.People;

/// <summary>
/// Creates accounts, logs in and takes over, writes, logs out, vanishes and deletes, on a few names that others are at
/// too: so that names and sessions are fought for.
/// </summary>
internal sealed class NameChanger(Setting setting, int number, string friend)
{
    private const int PauseMsMax = 120;
    private const int CreatePercent = 40;
    private const int WritePercent = 60;
    private const int LogoutPercent = 75;
    private const int DeletePercent = 90;
    private readonly Random random = new(setting.Seed + number);
    private int texts;

    /// <summary>The names that are fought for.</summary>
    public static IReadOnlyList<string> Names { get; } = ["name-1", "name-2", "name-3"];

    /// <summary>Goes on until stopped; what is begun is ended.</summary>
    public async Task LiveAsync(CancellationToken stop)
    {
        RecordedClient? mine = null;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                mine = await StepAsync(mine);
                await Task.Delay(random.Next(1, PauseMsMax), CancellationToken.None);
            }
        }
        finally
        {
            if (mine is not null)
            {
                await mine.DisposeAsync();
            }
        }
    }

    private async Task<RecordedClient?> StepAsync(RecordedClient? mine)
    {
        try
        {
            if (mine is not null)
            {
                return await GoOnAsync(mine) ? mine : null;
            }

            var name = Names[random.Next(Names.Count)];
            if (random.Next(100) < CreatePercent)
            {
                await CreateAsync(name);
                return null;
            }

            return await LoginAsync(name);
        }
        catch (ParleyException)
        {
            // Refused, and written down: somebody else was quicker.
            if (mine is not null)
            {
                await mine.DisposeAsync();
            }

            return null;
        }
    }

    private async Task CreateAsync(string name)
    {
        await using var client = new ParleyClient(setting.Client);
        await setting.CreateAsync(client, $"changer-{number}", name, CancellationToken.None);
    }

    private Task<RecordedClient> LoginAsync(string name) => RecordedClient.LoginAsync(
        setting.Histories.Open($"changer-{number}", name),
        Setting.Password,
        setting.Client,
        Setting.Login(takeOver: random.Next(2) == 0),
        onReceived: null,
        CancellationToken.None);

    // Returns whether the session is still its own.
    private async Task<bool> GoOnAsync(RecordedClient mine)
    {
        var drawn = random.Next(100);
        if (drawn < WritePercent)
        {
            var text = setting.TextOf($"{mine.Account} (changer-{number})", friend, Interlocked.Increment(ref texts));
            await mine.SendAsync(friend, text, CancellationToken.None);
            return true;
        }

        if (drawn < LogoutPercent)
        {
            await mine.DoAsync(HistoryKind.Logout, session => session.LogoutAsync(CancellationToken.None));
        }
        else if (drawn < DeletePercent)
        {
            await mine.DoAsync(
                HistoryKind.Delete, session => session.DeleteAccountAsync(Setting.Password, CancellationToken.None));
        }

        await mine.DisposeAsync();
        return false;
    }
}
