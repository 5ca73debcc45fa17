using System.Runtime.InteropServices;
using Parley.Tests.Repository;

namespace Parley.Tests.Packaging;

/// <summary>How images are made ahead of time (eng/NativeImages.targets): a project of one library, and a compiler that
/// only says that it was there.</summary>
public sealed class NativeImageTests : IDisposable
{
    private const string Compiler = "packages/microsoft.netcore.app.crossgen2.linux-x64/10.0.12/tools/crossgen2";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-images-");

    public NativeImageTests()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64,
            "images are made on Linux x64 alone");
        foreach (var framework in (string[])["Microsoft.NETCore.App", "Microsoft.AspNetCore.App"])
        {
            Write($"dotnet/shared/{framework}/10.0.12/reference.dll", "");
        }

        Write("obj/parley.dll", "first");
        Write(
            "parley.proj",
            $"""
            <Project DefaultTargets="PublishNativeImages">
              <PropertyGroup>
                <Configuration>Release</Configuration>
                <NuGetPackageRoot>$(MSBuildProjectDirectory)/packages/</NuGetPackageRoot>
                <NetCoreRoot>$(MSBuildProjectDirectory)/dotnet/</NetCoreRoot>
                <BundledNETCoreAppPackageVersion>10.0.12</BundledNETCoreAppPackageVersion>
                <ProjectAssetsFile>$(MSBuildProjectFullPath)</ProjectAssetsFile>
                <OutDir>bin/</OutDir>
                <PublishDir>$(MSBuildProjectDirectory)/publish/</PublishDir>
              </PropertyGroup>
              <ItemGroup>
                <IntermediateAssembly Include="obj/parley.dll" />
              </ItemGroup>
              <Import Project="{RepositoryRoot.Path}/eng/NativeImages.targets" />
            </Project>
            """);
    }

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>One run after another, as on a machine that builds again and again.</summary>
    [Fact]
    public async Task What_is_published_is_the_image_of_what_was_built_last_and_whole()
    {
        WriteCompiler("for out; do :; done; printf half >\"${out#-o:}\"; kill -9 $$");
        Assert.NotEqual(0, await PublishAsync());
        Assert.False(File.Exists(At("publish/parley.dll")));

        WriteCompiler("for out; do :; done; { printf 'image of '; cat \"$1\"; } >\"${out#-o:}\"");
        Assert.Equal(0, await PublishAsync());
        Assert.Equal("image of first", Read("publish/parley.dll"));

        // Built again without images, and published without building.
        Write("obj/parley.dll", "second");
        File.SetLastWriteTimeUtc(At("obj/parley.dll"), TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(2));
        Assert.Equal(0, await PublishAsync());
        Assert.Equal("image of second", Read("publish/parley.dll"));

        // The SDK itself compiles for a machine that is named.
        Directory.Delete(At("publish"), recursive: true);
        Assert.Equal(0, await PublishAsync("-p:RuntimeIdentifier=linux-arm64"));
        Assert.False(File.Exists(At("publish/parley.dll")));
    }

    private async Task<int> PublishAsync(params string[] more)
    {
        var (code, output, _) = await HostTool.RunAsync(
            "dotnet", ["msbuild", At("parley.proj"), "-nologo", "-nodeReuse:false", .. more]);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        return code;
    }

    private void WriteCompiler(string body)
    {
        Write(Compiler, $"#!/bin/bash\nset -e\n{body}\n");
        File.SetUnixFileMode(
            At(Compiler), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string At(string file) => Path.Combine(folder.FullName, file);

    private string Read(string file) => File.ReadAllText(At(file));

    private void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(file))!);
        File.WriteAllText(At(file), text);
    }
}
