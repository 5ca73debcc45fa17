using System.ComponentModel;
using System.Diagnostics;

namespace Parley.Tests.Program;

/// <summary>The scripts of <c>parley completion</c>, run by the shells that they are for.</summary>
public sealed class ShellCompletionTests
{
    /// <summary>What is typed, up to the cursor; and what must be offered, as far as it begins so.</summary>
    public static TheoryData<string, string> Lines => new()
    {
        { "ro", "room" },
        { "account re", "remove reset-password" },
        { "room create ops --in", "--invitation" },
        { "room --as room list --o", "--own --output" },
        { "status -o ", "json plain table text" },
        { "history bob --output j", "json" },
        { "bench --mode f", "failover" },
        { "verify --size ", "1 3 5" },
        { "completion ", "bash fish zsh" },
        { "send --as ", "" },
        { "send --no-such-th", "" },
    };

    /// <summary>bash parts a word at an equals sign, the others do not.</summary>
    public static TheoryData<string, string> LinesOfBash => new(Lines.Select(row => (row.Data.Item1, row.Data.Item2)))
    {
        { "status --output = j", "json" },
        { "status --output =", "json plain table text" },
        { "status --output = json --ch", "--check" },
    };

    [Theory]
    [MemberData(nameof(LinesOfBash))]
    public async Task Bash_completes(string typed, string offered)
    {
        var words = string.Join(' ', typed.Split(' ').Select(word => $"'{word}'"));
        var asked = $"COMP_WORDS=(parley {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _parley; " +
            "for each in \"${COMPREPLY[@]}\"; do echo \"$each\"; done";

        await CompletesAsync("bash", ["--norc", "--noprofile", "-c"], asked, offered);
    }

    /// <summary>Without a terminal there is no line editor: what it would be given is written down instead.</summary>
    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Zsh_completes(string typed, string offered)
    {
        const string Editor =
            """
            compdef() { :; }
            offer() {
                for each in "$@"; do [[ $each == "${words[CURRENT]}"* ]] && echo "${each%%:*}"; done
                return 0
            }
            compadd() { shift; offer "$@"; }
            _describe() { [[ $4 == flags && ${words[CURRENT]} != -* ]] || offer "${(P@)4}"; }

            """;
        var words = string.Join(' ', typed.Split(' ').Select(word => $"'{word}'"));

        await CompletesAsync("zsh", ["-f", "-c"], $"words=(parley {words}); CURRENT=$#words; _parley", offered, Editor);
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Fish_completes(string typed, string offered) => await CompletesAsync(
        "fish", ["--no-config", "-c"], $"complete -C 'parley {typed}' | string replace -r '\\t.*' ''", offered);

    [Fact]
    public async Task A_file_is_completed_as_a_file()
    {
        var found = await AskAsync(
            "bash", ["--norc", "--noprofile", "-c"],
            "cd /proc/self; COMP_WORDS=(parley send --password-file stat); COMP_CWORD=3; _parley; " +
            "echo ${COMPREPLY[@]}");

        Assert.Contains("status", found.Split(), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Another_shell_is_a_usage_error()
    {
        var (code, _, error) = await ProgramRun.RunAsync("completion", "csh");

        Assert.Equal(2, code);
        Assert.Contains("'bash'", error, StringComparison.Ordinal);
    }

    private static async Task CompletesAsync(
        string shell, string[] arguments, string asked, string offered, string before = "")
    {
        var output = await AskAsync(shell, arguments, asked, before);
        var found = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // Where verbs and values end, options may follow: what was not begun with a dash is compared without them.
        var asOffered = found.Where(word => offered.StartsWith('-') || !word.StartsWith('-'));
        Assert.Equal(
            offered.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(), asOffered.ToHashSet());
    }

    /// <summary>Runs a line in the shell, behind the script that the program made for it.</summary>
    private static async Task<string> AskAsync(string shell, string[] arguments, string asked, string before = "")
    {
        var (code, script, _) = await ProgramRun.RunAsync("completion", shell);
        Assert.Equal(0, code);
        var start = new ProcessStartInfo(shell, [.. arguments, $"{before}{script}\n{asked}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C.UTF-8" },
        };
        using var process = Start(start);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", await error);
        return output;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception absent)
        {
            Assert.Skip($"no {start.FileName} here: {absent.Message}");
            throw;
        }
    }
}
