using Parley.Client.Storage;
using Parley.Terminal;

namespace Parley.Verbs.Chat;

/// <summary>An <see cref="InlineScreen"/> on this process's terminal. Dispose it and the terminal is as it was.
/// </summary>
internal sealed class ChatTerminal : IDisposable
{
    private readonly TerminalDevice device;

    private ChatTerminal(InputHistory history)
    {
        Screen = new InlineScreen(
            text => device!.Write(text),
            () => TerminalDevice.Size,
            history,
            new Palette(Palette.IsWanted),
            TimeProvider.System);
        device = new TerminalDevice(Screen.Take, Screen.Redraw, Screen.End);
        Screen.Suspend = device.Suspend;
        Screen.WhenClosed(device.Dispose);
    }

    public InlineScreen Screen { get; }

    /// <summary>Null where there is no terminal to draw in, or nobody wants that.</summary>
    /// <param name="isPlain">Lines are wanted.</param>
    /// <param name="history">What was typed before.</param>
    public static ChatTerminal? Find(bool isPlain, InputHistory history) =>
        isPlain || !TerminalDevice.IsUsable ? null : new(history);

    /// <summary>Where an account's typed lines and the like are kept.</summary>
    /// <param name="account">An account's name: no path.</param>
    /// <param name="kind">The file's ending.</param>
    public static string PathOf(string account, string kind) =>
        Path.Combine(SessionStore.Default().Root, $"{Path.GetFileName(account)}.{kind}");

    /// <summary>Takes the keyboard.</summary>
    public void Open()
    {
        device.Start();
        Screen.Open();
    }

    public void Dispose() => Screen.Close();
}
