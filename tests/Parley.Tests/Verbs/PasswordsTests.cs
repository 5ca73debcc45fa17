using Parley.Verbs;

namespace Parley.Tests.Verbs;

/// <summary>Secrets that stand in files: whose files are not for their owner alone are told so.</summary>
public sealed class PasswordsTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();
    private readonly StringWriter error = new();

    public void Dispose()
    {
        error.Dispose();
        File.Delete(file);
    }

    [Theory]
    [InlineData(UnixFileMode.None, false)]
    [InlineData(UnixFileMode.GroupRead, true)]
    [InlineData(UnixFileMode.OtherRead, true)]
    [InlineData(UnixFileMode.OtherWrite, true)]
    public void A_token_file_that_is_not_for_its_owner_alone_is_warned_of_and_used(UnixFileMode others, bool isWarned)
    {
        Write("parley_" + new string('A', 43), others);

        Assert.Equal(new byte[32], Passwords.FindDeviceToken(file, passwordFile: null, error));

        Assert.Equal(isWarned, error.ToString().Contains($"warning: {file}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(UnixFileMode.None, false)]
    [InlineData(UnixFileMode.OtherRead, true)]
    public void So_is_a_password_file(UnixFileMode others, bool isWarned)
    {
        Write("correct horse", others);
        var settings = new ClientSettings
        {
            Nodes = [],
            Account = "alice",
            TakeOver = false,
            GiveUpAfter = TimeSpan.Zero,
            PasswordFile = file,
            Form = OutputForm.Text,
            Rows = new RowWriter(OutputForm.Text, TextWriter.Null),
            Output = TextWriter.Null,
            Error = error,
        };

        Assert.Equal("correct horse", Passwords.Get(settings, "alice", isNew: false));

        Assert.Equal(isWarned, error.ToString().Contains($"warning: {file}", StringComparison.Ordinal));
        Assert.DoesNotContain("horse", error.ToString(), StringComparison.Ordinal);
    }

    private void Write(string secret, UnixFileMode others)
    {
        File.WriteAllText(file, secret + Environment.NewLine);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
    }
}
