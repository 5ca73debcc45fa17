using System.Globalization;
using Parley.Local;

namespace Parley.Tests.Program;

/// <summary>A process believes the clock it is given, also when it is set again.</summary>
public sealed class FakeClocksTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("parley-clocks-").FullName;

    [Theory]
    [InlineData(1)]
    [InlineData(-24)]
    [InlineData(0)]
    public async Task A_process_sees_the_clock_that_was_set_last(int hours)
    {
        var reason = await FakeClocks.FindReasonAgainstAsync();
        Assert.SkipWhen(reason is not null, $"no clocks of their own here: {reason}");
        var clocks = FakeClocks.Make(folder, 2);

        clocks.Set(2, TimeSpan.FromHours(7));
        clocks.Set(2, TimeSpan.FromHours(hours));

        var settings = clocks.EnvironmentOf(2).Select(setting => $"{setting.Key}={setting.Value}");
        var told = await SystemCommand.RunAsync("env", [.. settings, "date", "+%s"]);
        var offset = long.Parse(told, CultureInfo.InvariantCulture)
            - TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Assert.InRange(offset - (hours * 3600), -5, 5);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
